// Bodies that say which call they are of, and show when a part of them is missing.
const headerBytes = 12

export function bodyFor({ client, call, size }) {
  const body = Buffer.alloc(headerBytes + size, call & 0xff)
  body[0] = client
  body.writeUInt32LE(call, 4)
  body.writeUInt32LE(body.length, 8)
  return body
}

export function bodyOf(bytes) {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const call = body.readUInt32LE(4)
  const isFilled = body.length === headerBytes || (body[headerBytes] === (call & 0xff) && body.at(-1) === (call & 0xff))
  return { client: body[0], call, isWhole: body.readUInt32LE(8) === body.length && isFilled }
}

/** The name of the server that answered, or undefined where the answer is of another call, or of a damaged body. */
export function serverOfAnswer(bytes, { client, call }) {
  if (bytes.length < 8) return undefined
  const answer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (answer.readUInt32LE(0) !== call || answer[4] !== client || answer[5] !== 1) return undefined
  return answer.toString('utf8', 8)
}
