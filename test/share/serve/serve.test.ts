import { type Duplex, duplexPair } from 'node:stream'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { codes } from '../../../src/engine/code-table.ts'
import type { SinkEvent } from '../../../src/engine/types.ts'
import { OutgoingKeys } from '../../../src/share/keys/outgoing-keys.ts'
import { usLayout } from '../../../src/share/keys/us-layout.ts'
import { encodeFrame, FrameReader } from '../../../src/share/link/records.ts'
import { encode } from '../../../src/share/messages/codec.ts'
import { encodeHelloBack } from '../../../src/share/messages/hello.ts'
import { systemClock } from '../../../src/share/protocol/clock.ts'
import { Serve } from '../../../src/share/serve/serve.ts'
import type { Identity } from '../../../src/share/tls/identity.ts'
import { readPending } from '../../../src/share/tls/pending-peers.ts'
import { Trust } from '../../../src/share/tls/trust.ts'
import { TrustedPeers } from '../../../src/share/tls/trusted-peers.ts'
import { temporaryFolder } from '../folder.ts'
import { identities, knock, knockPlain, patience } from '../net/peers.ts'
import { plainWheel, usualScreen } from '../protocol/peer.ts'

/** Serves the screens 'laptop', by TLS, and 'vm', without. */
async function start(place: string) {
  const [identity] = await identities()
  const links = new Map<string, Duplex>()
  const ends = new Map<string, Duplex>()
  const presence = new Map<string, number[]>()
  const screens = ['laptop', 'vm'].map((name) => {
    const [ours, theirs] = duplexPair()
    ends.set(name, ours)
    const reader = new FrameReader()
    const told: number[] = []
    theirs.on('data', (chunk: Buffer) => {
      for (const frame of reader.push(chunk) ?? []) told.push(...frame.map(({ value }) => value))
    })
    links.set(name, theirs)
    presence.set(name, told)
    return {
      ...{ target: `to-${name}`, name, wheel: plainWheel, isPlain: name === 'vm' },
      keys: new OutgoingKeys(usLayout),
      pointer: { isRelative: false, speed: 1, acceleration: 0 },
    }
  })
  const serve = new Serve({
    ...{ host: '127.0.0.1', port: 0, identity, screens, plainAddresses: ['127.0.0.1'] },
    trust: new Trust(place, systemClock, () => {}),
    log: pino({ level: 'silent' }),
  })
  const port = await serve.start()
  for (const [name, link] of ends) expect(serve.link(`to-${name}`, link)).toBe(true)
  onTestFinished(async () => await serve.stop())
  return { serve, port, links, presence }
}

/** A computer that connects as that screen; what it hears is kept. */
async function connectAs(port: number, name: string, identity?: Identity) {
  const socket = identity === undefined ? await knockPlain(port) : await knock(port, identity)
  let heard = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes])
  })
  socket.write(encodeHelloBack({ protocol: 'Barrier', major: 1, minor: 6, name }))
  socket.write(encode(usualScreen, 6))
  return { socket, heard: () => heard.toString('latin1') }
}

test('a screen without TLS, from an address that may, gets what the engine sends it, and the engine hears when it goes', async () => {
  const { serve, port, links, presence } = await start(temporaryFolder())
  expect(serve.status.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'laptop absent',
    'vm absent',
  ])
  const vm = await connectAs(port, 'VM')
  await vi.waitUntil(() => presence.get('vm')?.at(-1) === 1, patience)
  const engine = links.get('vm')
  const tell = (type: number, code: number, value: number) =>
    engine?.write(encodeFrame([{ type, code, value } satisfies SinkEvent]))
  tell(codes.EV_MSC, codes.MSC_SERIAL, 1)
  tell(codes.EV_KEY, codes.KEY_A, 1)
  await vi.waitUntil(() => vm.heard().includes('DKDN\0a'), patience)
  expect(serve.status[1]).toMatchObject({
    target: 'to-vm',
    name: 'vm',
    state: 'entered',
    protocol: '1.6',
    isSecure: false,
    screen: '1280x720',
  })
  const second = await connectAs(port, 'vm')
  await vi.waitUntil(() => second.heard().includes('EBSY'), patience)
  // The engine is gone, without a word.
  engine?.end()
  await vi.waitUntil(() => vm.heard().includes('COUT'), patience)
  expect(vm.heard().indexOf('DKUP')).toBeLessThan(vm.heard().indexOf('COUT'))
  vm.socket.destroy()
  await vi.waitUntil(() => serve.status[1]?.state === 'absent', patience)
  expect(presence.get('laptop')).toEqual([0])
})

test('another connection of the engine takes the place of the one before, and begins anew', async () => {
  const { serve, port, links } = await start(temporaryFolder())
  const vm = await connectAs(port, 'vm')
  await vi.waitUntil(() => serve.status[1]?.state === 'connected', patience)
  const active = encodeFrame([{ type: codes.EV_MSC, code: codes.MSC_SERIAL, value: 1 }])
  const press = encodeFrame([{ type: codes.EV_KEY, code: codes.KEY_A, value: 1 }])
  links.get('vm')?.write(Buffer.concat([active, press]))
  await vi.waitUntil(() => vm.heard().includes('DKDN\0a'), patience)
  const [ours, theirs] = duplexPair()
  const told = vi.fn()
  theirs.on('data', told)
  expect(serve.link('to-vm', ours)).toBe(true)
  await vi.waitUntil(() => vm.heard().includes('COUT'), patience)
  expect(vm.heard()).toContain('DKUP')
  await vi.waitUntil(() => told.mock.calls.length > 0, patience)
  // What the old one still brings is nobody's.
  links.get('vm')?.write(active)
  expect(serve.status[1]?.state).toBe('connected')
  theirs.write(active)
  await vi.waitUntil(() => serve.status[1]?.state === 'entered', patience)
})

test('a name that is bound to a certificate is not for who comes without TLS, and the other way round', async () => {
  const [, theirs] = await identities()
  const place = temporaryFolder()
  new TrustedPeers(place).accept([
    { role: 'screen', name: 'laptop', fingerprint: theirs.fingerprint },
    { role: 'screen', name: 'vm', fingerprint: theirs.fingerprint },
  ])
  const { serve, port } = await start(place)
  for (const name of ['laptop', 'nobody']) {
    const guest = await connectAs(port, name)
    await vi.waitUntil(() => guest.heard().includes('EUNK'), patience)
  }
  expect(serve.status.map(({ state }) => state)).toEqual(['absent', 'absent'])
})

test('a screen over TLS comes in when its certificate is accepted, and not before', async () => {
  const [ours, theirs] = await identities()
  const place = temporaryFolder()
  const serve = new Serve({
    ...{
      host: '127.0.0.1',
      port: 0,
      identity: ours,
      plainAddresses: [],
      log: pino({ level: 'silent' }),
    },
    trust: new Trust(place, systemClock, () => {}),
    screens: [
      {
        ...{ target: 'laptop', name: 'laptop', wheel: plainWheel, isPlain: false },
        keys: new OutgoingKeys(usLayout),
        pointer: { isRelative: false, speed: 1, acceleration: 0 },
      },
    ],
  })
  const port = await serve.start()
  onTestFinished(async () => await serve.stop())
  const stranger = await connectAs(port, 'laptop', theirs)
  await vi.waitUntil(() => stranger.heard().includes('EUNK'), patience)
  expect(serve.status[0]?.lastError?.text).toContain(theirs.fingerprint)
  await vi.waitUntil(() => readPending(place).length === 1, patience)
  new TrustedPeers(place).accept(readPending(place))
  const friend = await connectAs(port, 'laptop', theirs)
  await vi.waitUntil(() => friend.heard().includes('DSOP'), patience)
  expect(serve.status[0]).toMatchObject({
    state: 'connected',
    isSecure: true,
    lastError: undefined,
  })
  await serve.stop()
  await vi.waitUntil(() => friend.heard().includes('CBYE'), patience)
})
