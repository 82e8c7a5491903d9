#!/bin/sh
# One integer, two types on the wire. MessagePack has integers of 64 bits. An integer above 32 bits, such as a time in
# milliseconds, is written as uint 64 by @msgpack/msgpack 3.1.2 and notepack.io 3.0.1, and as float 64 by msgpackr 2.1.3 and
# msgpack-lite 0.1.26. JavaScript does not see the difference; a reader in a language with types gets a float where its peer
# had an integer, and bytes of equal values differ.
# Seen on Node 20.20.2: the first byte is cf (uint 64) for the former two and cb (float 64) for the latter.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund msgpackr@2.1.3 @msgpack/msgpack@3.1.2 notepack.io@3.0.1 msgpack-lite@0.1.26
cat > show.mjs <<'JS'
import { encode } from '@msgpack/msgpack'
import lite from 'msgpack-lite'
import { pack } from 'msgpackr'
import notepack from 'notepack.io'

const writers = { msgpackr: pack, 'msgpack-lite': lite.encode, '@msgpack/msgpack': encode, 'notepack.io': notepack.encode }
const wanted = { msgpackr: 'cb', 'msgpack-lite': 'cb', '@msgpack/msgpack': 'cf', 'notepack.io': 'cf' }
const timeMs = 1_796_000_000_000
let changed = false
for (const [name, write] of Object.entries(writers)) {
  const bytes = Buffer.from(write(timeMs)).toString('hex')
  console.log(name.padEnd(18), bytes)
  changed ||= !bytes.startsWith(wanted[name])
}
process.exit(changed ? 1 : 0)
JS
node show.mjs
