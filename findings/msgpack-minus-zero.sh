#!/bin/sh
# Minus zero does not survive. MessagePack and CBOR can hold it, as a float; five packages take it for a whole number, write
# the integer 0, and 0 comes back. Two processes that compare what they hold, or agree on bytes, then differ.
# Seen on Node 20.20.2 with msgpackr 2.1.3, @msgpack/msgpack 3.1.2, msgpack-lite 0.1.26, notepack.io 3.0.1, cbor-x 1.6.0:
# one byte, 00, for each of them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund msgpackr@2.1.3 @msgpack/msgpack@3.1.2 notepack.io@3.0.1 msgpack-lite@0.1.26 cbor-x@1.6.0
cat > show.mjs <<'JS'
import { decode, encode } from '@msgpack/msgpack'
import * as cbor from 'cbor-x'
import lite from 'msgpack-lite'
import { pack, unpack } from 'msgpackr'
import notepack from 'notepack.io'

const codecs = {
  msgpackr: [pack, unpack],
  '@msgpack/msgpack': [encode, decode],
  'msgpack-lite': [lite.encode, lite.decode],
  'notepack.io': [notepack.encode, notepack.decode],
  'cbor-x': [cbor.encode, cbor.decode],
}
let changed = false
for (const [name, [write, read]] of Object.entries(codecs)) {
  const bytes = write(-0)
  const back = read(bytes)
  console.log(name.padEnd(18), Buffer.from(bytes).toString('hex'), Object.is(back, -0) ? 'comes back' : `comes back as ${back}`)
  changed ||= Object.is(back, -0)
}
process.exit(changed ? 1 : 0)
JS
node show.mjs
