// Prints what the client in the folder argv[2] gets from the server that its variables name, one JSON text a line.
const { default: Anthropic } = await import(process.argv[2]);
const print = (value) => console.log(JSON.stringify(value));
const chat = { model: "parrot", max_tokens: 9, messages: [{ role: "user", content: "one two three" }] };
try {
  const client = new Anthropic();
  const { content } = await client.messages.create(chat);
  print({ whole: content[0].text });
  for await (const { type, delta } of await client.messages.create({ ...chat, stream: true })) {
    if (type === "content_block_delta") print({ word: delta.text });
  }
  print({ ended: true });
} catch (error) {
  print({ error: error.constructor.name, status: error.status, message: error.message });
}
