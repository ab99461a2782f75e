/** The floor of a proxy: Bun.serve and fetch with nothing between them. It checks nothing. */
const [, , port, upstream, streaming] = process.argv;

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  development: false,
  idleTimeout: 0,
  maxRequestBodySize: 2 ** 40,
  async fetch({ url, method, headers, body }) {
    const path = url.slice(url.indexOf("/", 8));
    const response = await fetch(`${path.startsWith("/stream/") ? streaming : upstream}${path}`, {
      method,
      headers,
      body,
      redirect: "manual",
      decompress: false,
    });
    return new Response(response.body, response);
  },
});
