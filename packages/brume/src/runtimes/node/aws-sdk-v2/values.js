/** What differs between the values of version 2 and those of version 3. */
const { Readable } = require("node:stream");

/** Lists that version 2 makes of what is absent from an answer in XML. */
const LISTS = {
  S3: {
    listBuckets: ["Buckets"],
    listObjects: ["Contents", "CommonPrefixes"],
    listObjectsV2: ["Contents", "CommonPrefixes"],
  },
};

function plain(value) {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return value.map(plain);
  if (value?.constructor !== Object) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** An answer as version 2 gives it: bodies are read, blobs are buffers. */
async function toV2(service, operation, output) {
  const { $metadata, ...members } = output ?? {};
  for (const [name, value] of Object.entries(members)) {
    if (typeof value?.transformToByteArray === "function")
      members[name] = Buffer.from(await value.transformToByteArray());
  }
  for (const name of LISTS[service]?.[operation] ?? []) members[name] ??= [];
  const result = plain(members);
  if (service === "Lambda" && operation === "invoke" && result.Payload) result.Payload = result.Payload.toString();
  return Object.defineProperty(result, "$response", {
    value: { requestId: $metadata?.requestId, httpResponse: { statusCode: $metadata?.httpStatusCode } },
  });
}

/** Version 3 wants to know how long a body is. */
async function withStreamsRead(input) {
  if (!(input.Body instanceof Readable)) return input;
  const chunks = [];
  for await (const chunk of input.Body) chunks.push(Buffer.from(chunk));
  return { ...input, Body: Buffer.concat(chunks) };
}

module.exports = { toV2, withStreamsRead };
