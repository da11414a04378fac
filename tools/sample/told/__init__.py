"""The incidents told as stories, one file a group of specialists."""
