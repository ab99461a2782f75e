/**
 * Repeats one request on a number of connections without waiting for answers, reads what comes back and connects
 * again whenever it is closed, until it is killed: `bun pipeliner.ts PORT CONNECTIONS HEAD`, HEAD as a JSON string.
 * Prints "flooding" once its first answers are in.
 */
const [port = "", connections = "1", head = '""'] = process.argv.slice(2);
const chunk = Buffer.from((JSON.parse(head) as string).repeat(2000));
let heard = false;

function flood(): void {
  let rest = chunk;
  const send = (socket: Bun.Socket) => {
    for (let written = 1; written > 0;) {
      written = socket.write(rest);
      rest = written < rest.length ? rest.subarray(Math.max(written, 0)) : chunk;
    }
  };
  const again = () => void setTimeout(flood, 1);
  Bun.connect({
    hostname: "127.0.0.1",
    port: Number(port),
    socket: {
      open: send,
      drain: send,
      data() {
        if (!heard) console.log("flooding");
        heard = true;
      },
      close: again,
      error() {},
    },
  }).catch(again);
}

for (let index = 0; index < Number(connections); index += 1) flood();
