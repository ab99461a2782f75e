// Prints what the client in the folder argv[2] gets from the server that its variables name, one JSON text a line.
const { default: OpenAI } = await import(process.argv[2]);
const print = (value) => console.log(JSON.stringify(value));
const chat = { model: "parrot", messages: [{ role: "user", content: "one two three" }] };
try {
  const client = new OpenAI();
  const { choices } = await client.chat.completions.create(chat);
  print({ whole: choices[0].message.content });
  for await (const { choices } of await client.chat.completions.create({ ...chat, stream: true })) {
    if (choices[0].delta.content) print({ word: choices[0].delta.content });
  }
  print({ ended: true });
} catch (error) {
  print({ error: error.constructor.name, status: error.status, message: error.message });
}
