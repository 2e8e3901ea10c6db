import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLogger } from '../src/log.ts'

function collector() {
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  return { stream, text: () => chunks.join('') }
}

test('a log line is JSON with the level as a word, the time and the fields', async () => {
  const { stream, text } = collector()
  const log = await createLogger({ pretty: false, destination: stream })
  log.info({ node: 'event3' }, 'device arrived')
  const line = JSON.parse(text()) as Record<string, unknown>
  expect(line).toMatchObject({ level: 'info', node: 'event3', msg: 'device arrived' })
  expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
  expect(line).not.toHaveProperty('pid')
})

test('lines below the level are left out', async () => {
  const { stream, text } = collector()
  const log = await createLogger({ level: 'warn', pretty: false, destination: stream })
  log.info('left out')
  log.warn('kept')
  expect(text()).toContain('kept')
  expect(text()).not.toContain('left out')
})

test('a pretty log is one line of text without colour when it goes to a stream', async () => {
  const { stream, text } = collector()
  const log = await createLogger({ pretty: true, destination: stream })
  log.warn({ node: 'event3' }, 'device departed')
  await new Promise((resolve) => setImmediate(resolve))
  expect(text()).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] WARN: device departed \{"node":"event3"\}\n$/)
})
