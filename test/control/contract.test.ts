import { describe, expect, test } from 'vitest'
import type { Heard } from '../../src/control/client.ts'
import { ControlClient } from '../../src/control/client.ts'
import { usualNotifications } from '../../src/control/protocol.ts'
import { EvswitchError } from '../../src/errors.ts'
import { someStatus } from './listening.ts'
import { startServer, temporaryDirectory } from './peer.ts'

async function failure(work: Promise<unknown>): Promise<EvswitchError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(EvswitchError)
  return error as EvswitchError
}

const released = { outcome: 'released', active: 'host' }

describe('a client of the control socket', () => {
  test('is told the version of the program and of the protocol first', async () => {
    const { connect } = await startServer()
    expect((await connect()).hello).toEqual({ protocol: 1, evswitch: '1.2.3' })
  })

  test('is answered', async () => {
    const { connect, asked } = await startServer()
    const client = await connect()
    expect(await client.call('status', {})).toEqual(JSON.parse(JSON.stringify(someStatus)))
    expect(await client.call('switch', { to: 'win10' })).toEqual({
      outcome: 'switched',
      target: 'win10',
      active: 'win10',
    })
    expect(await client.call('release', {})).toEqual(released)
    expect((await client.call('log', { lines: 2 })).lines).toHaveLength(2)
    expect(asked).toEqual(['switch win10', 'release'])
  })

  test('is answered in the order of its requests', async () => {
    const { connect, asked } = await startServer()
    const client = await connect()
    const order: number[] = []
    await Promise.all(
      [0, 1, 2, 3, 4].map(async (index) => {
        await (index % 2 === 0 ? client.call('status', {}) : client.call('release', {}))
        order.push(index)
      }),
    )
    expect(order).toEqual([0, 1, 2, 3, 4])
    expect(asked).toEqual(['release', 'release'])
  })

  test('gets errors with their code and their remedy', async () => {
    const { connect } = await startServer()
    const client = await connect()
    const error = await failure(client.call('switch', { to: 'mac' }))
    expect(error.code).toBe('unknown-target')
    expect(error.message).toBe('there is no such target\nthere are: host, win10')
  })

  test('is not told what a defect of the service was', async () => {
    const { connect } = await startServer({
      release: () => {
        throw new TypeError('at /secret/place')
      },
    })
    const error = await failure((await connect()).call('release', {}))
    expect(error.code).toBe('unexpected')
    expect(error.message).toBe('internal error')
  })

  test('hears what it subscribed to, and nothing else', async () => {
    const { connect, server } = await startServer()
    const client = await connect()
    const heard: Heard[] = []
    client.listen((one) => heard.push(one))
    server.notify('panic', {})
    await client.call('subscribe', { events: ['refused', 'panic'] })
    server.notify('refused', { target: 'win10' })
    server.notify('consumer', { target: 'win10', present: true })
    server.notify('panic', {})
    await client.call('status', {})
    expect(heard).toEqual([
      { name: 'refused', params: { target: 'win10' } },
      { name: 'panic', params: {} },
    ])
  })

  test('hears all but the log when it does not say what', async () => {
    const { connect } = await startServer()
    const { events } = await (await connect()).call('subscribe', { events: undefined })
    expect(events).toEqual(usualNotifications)
    expect(events).not.toContain('log')
  })

  test('is told when the service ends', async () => {
    const { connect, server } = await startServer()
    const client = await connect()
    await server.close()
    await client.closed
    expect((await failure(client.call('status', {}))).code).toBe('not-running')
  })

  test('waits in vain for no answer: the end of the service is one', async () => {
    const { connect, server } = await startServer({
      release: async () => await new Promise<never>(() => {}),
    })
    const answer = failure((await connect()).call('release', {}))
    await new Promise((resolve) => setTimeout(resolve, 10))
    await server.close()
    expect((await answer).exitCode).toBe(7)
  })

  test('is told that nothing runs where nobody listens', async () => {
    const path = `${temporaryDirectory()}/control.sock`
    const error = await failure(ControlClient.connect(path))
    expect(error.exitCode).toBe(7)
    expect(error.message).toBe(
      `evswitch is not running: nobody listens at ${path}\n` +
        'start it: sudo systemctl start evswitch, or sudo evswitch run',
    )
  })
})
