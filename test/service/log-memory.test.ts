import { expect, test } from 'vitest'
import { limits } from '../../src/control/limits.ts'
import { createFollowedLog } from '../../src/log.ts'
import { LogMemory } from '../../src/service/log-memory.ts'

async function memoryOf(level: 'debug' | 'warn' | 'silent') {
  const memory = new LogMemory()
  const written: string[] = []
  const destination = { write: (line: string) => void written.push(line) }
  const options = { level, pretty: false, destination }
  const followed = await createFollowedLog(options, (line) => memory.add(line))
  return { memory, written, ...followed }
}

test('keeps lines from info on, whatever else is written', async () => {
  const { memory, written, log } = await memoryOf('warn')
  log.debug('quiet')
  log.info({ target: 'win10' }, 'switched')
  log.warn('trouble')
  expect(memory.last(10)).toMatchObject([
    { level: 'info', msg: 'switched', data: { target: 'win10' } },
    { level: 'warn', msg: 'trouble', data: undefined },
  ])
  expect(written).toHaveLength(1)
  expect(memory.last(1)).toHaveLength(1)
  expect(memory.last(0)).toEqual([])
})

test('follows the level of the log, and keeps its own', async () => {
  const { memory, written, log, setLevel } = await memoryOf('silent')
  log.error('one')
  setLevel('debug')
  log.debug('two')
  setLevel('error')
  log.warn('three')
  expect(written.map((line) => JSON.parse(line).msg)).toEqual(['two'])
  expect(memory.last(10).map(({ msg }) => msg)).toEqual(['one', 'three'])
})

test('forgets the oldest, and tells each as it comes', async () => {
  const { memory, log } = await memoryOf('silent')
  let told = 0
  memory.onLine = () => told++
  for (let line = 0; line <= limits.logLines; line++) log.info({ line }, 'line')
  expect(told).toBe(limits.logLines + 1)
  expect(memory.last(1000)).toHaveLength(limits.logLines)
  expect(memory.last(1000)[0]?.data).toEqual({ line: 1 })
})
