// What the engine would be in JavaScript: reads the device at descriptor 3 and writes to the clone at 4, which
// hand-over.c has opened. `node forward.mjs sync|callback|stream`.

import { createReadStream, createWriteStream, read, readSync, writeSync } from 'node:fs'

const SOURCE = 3
const SINK = 4
const EVENT_SIZE = 24
const BATCH = 64

const buffer = Buffer.alloc(BATCH * EVENT_SIZE)

/** The least that JavaScript can do; nothing else can happen in this program. */
function sync() {
  for (;;) writeSync(SINK, buffer, 0, readSync(SOURCE, buffer, 0, buffer.length, null))
}

/** A thread of libuv's pool waits in read(), so that JavaScript can do something else meanwhile. */
function callback() {
  read(SOURCE, buffer, 0, buffer.length, null, (error, size) => {
    if (error) throw error
    writeSync(SINK, buffer, 0, size)
    callback()
  })
}

/** What a tutorial does. */
function stream() {
  const source = createReadStream('', { fd: SOURCE, highWaterMark: buffer.length })
  source.pipe(createWriteStream('', { fd: SINK }))
}

/** @type {Record<string, () => void>} */
const ways = { sync, callback, stream }
const way = ways[process.argv[2] ?? '']
if (way === undefined) {
  console.error(`usage: node forward.mjs ${Object.keys(ways).join('|')}`)
  process.exit(2)
}
way()
