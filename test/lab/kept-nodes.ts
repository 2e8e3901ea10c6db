// Runs inside the machine: an evswitch whose nodes outlive it, and one that takes them over. A line for each thing
// that was done.
import { createInterface } from 'node:readline'
import { codes } from '../../src/engine/code-table.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { storedNode } from '../../src/engine/stored-node.ts'
import { nodeDeviceName, nodeLinkName } from '../../src/engine/target-name.ts'
import type { Engine, Role, Sink, SinkOptions } from '../../src/engine/types.ts'
import {
  acceptMessages,
  connectMessages,
  listenForMessages,
  receiveMessage,
  sendMessage,
} from '../../src/native/message.ts'
import { PATIENCE_MS } from './deadline.ts'

const address = '@evswitch-lab'

const options: Record<Role, SinkOptions> = {
  keyboard: {
    name: nodeDeviceName('guest', 'kbd'),
    phys: nodeLinkName('guest', 'kbd'),
    role: 'keyboard',
  },
  mouse: {
    name: nodeDeviceName('guest', 'mouse'),
    phys: nodeLinkName('guest', 'mouse'),
    role: 'mouse',
  },
}

const [part, ...devices] = process.argv.slice(2)
if (part === 'make') await make()
else await keep()

/** Makes the nodes, gives them to the keeper, and routes until it is killed. */
async function make(): Promise<void> {
  const engine = createEngine()
  const keeper = connectMessages(address, 'seqpacket')
  const sinks: Record<Role, Sink> = {
    keyboard: await engine.createSink(options.keyboard),
    mouse: await engine.createSink(options.mouse),
  }
  for (const { descriptor, role } of Object.values(sinks)) {
    await sendMessage(keeper, Buffer.from(role), { descriptor })
  }
  await route(engine, sinks)
  say(`made ${textOf(sinks)}`)
}

/** Keeps what it is given, and at a word takes it over. */
async function keep(): Promise<void> {
  const listening = listenForMessages(address, 'seqpacket')
  say('listening')
  const maker = (await acceptMessages(listening, PATIENCE_MS)) ?? -1
  const kept = [await receiveDescriptor(maker), await receiveDescriptor(maker)]
  for await (const _ of createInterface({ input: process.stdin })) break
  const engine = createEngine()
  const sinks = {
    keyboard: await adopt(engine, kept, 'keyboard'),
    mouse: await adopt(engine, kept, 'mouse'),
  }
  await tellOfOutdated(engine)
  await route(engine, sinks)
  say(`adopted ${textOf(sinks)}`)
}

async function receiveDescriptor(socket: number): Promise<number> {
  return (await receiveMessage(socket, PATIENCE_MS))?.descriptor ?? -1
}

/** Finds its node by what the nodes say of themselves; the other one is refused. */
async function adopt(engine: Engine, kept: readonly number[], role: Role): Promise<Sink> {
  let found: Sink | undefined
  for (const descriptor of kept) {
    const node = storedNode(descriptor)
    const isOurs = typeof node === 'object' && node.phys === options[role].phys
    try {
      const sink = await engine.adoptSink(descriptor, options[role])
      if (isOurs) found = sink
    } catch (error) {
      if (isOurs) throw error
    }
  }
  if (found === undefined) throw new Error(`no ${role} was kept`)
  return found
}

async function tellOfOutdated(engine: Engine): Promise<void> {
  const phys = 'evswitch-other-event-kbd'
  const made = await engine.createSink({ ...options.keyboard, phys, profile: 'host' })
  const { isCurrent } = await engine.adoptSink(made.descriptor, { ...options.keyboard, phys })
  say(`another template is ${isCurrent ? 'current' : 'outdated'}`)
}

async function route(engine: Engine, sinks: Record<Role, Sink>): Promise<void> {
  engine.events.on('switched', ({ target }) => say(`active ${target}`))
  engine.start()
  await engine.addTarget({ name: 'guest', ...sinks })
  await engine.setHotkeys([
    { keys: [codes.KEY_LEFTCTRL, codes.KEY_RIGHTCTRL], action: { kind: 'next' } },
  ])
  for (const device of devices) await engine.addSource(engine.openSource(device))
}

function textOf({ keyboard, mouse }: Record<Role, Sink>): string {
  return [keyboard, mouse]
    .map(({ node, minor, isCurrent }) => `${node} ${minor} ${isCurrent}`)
    .join(' ')
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
