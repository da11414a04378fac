// Microsoft's playground as its command line starts it, but listening to this machine alone; arguments are passed on.
const { Server } = require("node:net");

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, port, "127.0.0.1", ...rest);
};
require("@microsoft/m365agentsplayground/dist").start();
