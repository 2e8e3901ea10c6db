import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { MachineState } from '../../src/guests/qmp.ts'
import { Machines } from '../../src/service/machines.ts'
import type { Notice } from '../../src/service/notice.ts'

const log = pino({ level: 'silent' })
const win10 = { name: 'win10', repeat: true, enterOnStart: false, qmp: '/run/win10.qmp' }
const plain = { name: 'plain', repeat: true, enterOnStart: false }

function setUp(active = 'win10') {
  const asked: string[] = []
  const notices: Notice[] = []
  const connections: {
    path: string
    tell(state: MachineState): void
    end(reason: string): void
  }[] = []
  const engine = {
    stats: () => ({ activeTarget: active }),
    switchTo: async (target: string) => {
      asked.push(`switch ${target}`)
      active = target
      return 'switched'
    },
    repairTarget: async (target: string) => {
      asked.push(`repair ${target}`)
      return 'repaired'
    },
  }
  const machines = new Machines({
    engine: engine as never,
    targets: [win10, plain],
    log,
    report: (notice) => notices.push(notice),
    retryMs: 1,
    follow: async (path, tell, signal) =>
      await new Promise((resolve) => {
        connections.push({ path, tell, end: resolve })
        signal.addEventListener('abort', () => resolve('ended'))
      }),
  })
  onTestFinished(() => machines.close())
  const consumer = (target: string, sink: number, present: boolean) =>
    machines.consumer({ target, sink, present })
  return { machines, asked, notices, connections, consumer }
}

test('a machine that stops with the input gives it back, and is told of no stuck key when it goes on', async () => {
  const it = setUp()
  it.consumer('win10', 1, true)
  it.consumer('win10', 2, true)
  expect(it.connections.map(({ path }) => path)).toEqual(['/run/win10.qmp'])
  it.connections[0]?.tell('stopped')
  it.connections[0]?.tell('running')
  await vi.waitFor(() => expect(it.asked).toEqual(['switch host', 'repair win10']))
  it.connections[0]?.tell('running')
  await new Promise(setImmediate)
  expect(it.asked).toHaveLength(2)
})

test('a machine that stops while another has the input changes nothing', async () => {
  const it = setUp('host')
  it.consumer('win10', 1, true)
  it.connections[0]?.tell('stopped')
  it.connections[0]?.tell('running')
  await new Promise(setImmediate)
  expect(it.asked).toEqual([])
})

test('a target without a monitor is not followed, nor one whose nodes nobody reads', async () => {
  const it = setUp()
  it.consumer('plain', 1, true)
  await new Promise(setImmediate)
  expect(it.connections).toEqual([])
  it.consumer('win10', 1, true)
  it.consumer('win10', 1, false)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(it.connections).toHaveLength(1)
})

test('a monitor that cannot be followed is told once, and tried again', async () => {
  const it = setUp()
  it.consumer('win10', 1, true)
  it.connections[0]?.end('EACCES')
  await vi.waitFor(() => expect(it.connections).toHaveLength(2))
  it.connections[1]?.end('EACCES')
  await vi.waitFor(() => expect(it.connections).toHaveLength(3))
  expect(it.notices).toEqual([
    {
      kind: 'warning',
      text: 'the monitor of win10, /run/win10.qmp, cannot be followed: EACCES',
      remedy: 'let the user of evswitch write to the socket',
    },
  ])
})

test('a reload changes which monitor the next machine is followed by', async () => {
  const it = setUp()
  it.machines.choose([{ ...win10, qmp: '/run/other.qmp' }])
  it.consumer('win10', 1, true)
  expect(it.connections.map(({ path }) => path)).toEqual(['/run/other.qmp'])
})
