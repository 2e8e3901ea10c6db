import assert from 'node:assert/strict'
import { codes } from '../../src/engine/code-table.ts'
import type { KeyMap } from '../../src/engine/key-map.ts'
import type { Engine, Source, TapEvent } from '../../src/engine/types.ts'
import { type ErrorCode, EvswitchError } from '../../src/errors.ts'
import { type CreateWorld, type EngineWorld, nextEvent, type WorldDevice } from './world.ts'

const { KEY_A, KEY_B, KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_ESC, BTN_LEFT, REL_X, LED_SCROLLL } = codes

export interface ContractCase {
  readonly name: string
  readonly run: (create: CreateWorld) => Promise<void>
}

/** What every engine keeps, whatever it stands on: a real kernel or a model of one. */
export const contract: readonly ContractCase[] = [
  onWorld('a device that was opened says what it is', async (world) => {
    const keyboard = world.engine.openSource((await world.plug('keyboard')).path)
    const mouse = world.engine.openSource((await world.plug('mouse')).path)
    assert.equal(keyboard.info.keys, true)
    assert.equal(keyboard.info.motion, false)
    assert.equal(keyboard.info.readOnly, false)
    assert.equal(mouse.info.motion, true)
    assert.equal(mouse.info.buttons, true)
    assert.notEqual(mouse.info.name, '')
    keyboard.close()
    mouse.close()
    mouse.close()
  }),

  onWorld('a device that is not there cannot be opened', async (world) => {
    const device = await world.plug('keyboard')
    await device.unplug()
    assertThrows(() => world.engine.openSource(device.path), 'device-gone')
    assertThrows(() => world.engine.openSource('/dev/input/event9999'), 'device-gone')
  }),

  onWorld('a device is handed over once, and not after it was closed', async (world) => {
    const { source } = await read(world, 'keyboard')
    await assert.rejects(world.engine.addSource(source), TypeError)
    const closed = world.engine.openSource((await world.plug('mouse')).path)
    closed.close()
    await assert.rejects(world.engine.addSource(closed), TypeError)
  }),

  onWorld(
    'a switch to a target that nobody consumes is refused, and the host stays',
    async (world) => {
      const refused = nextEvent(world.engine, 'refused')
      assert.equal(await world.engine.switchTo('guest'), 'not-consumed')
      const { target, active, reason, error } = await refused
      assert.deepEqual(
        { target, active, reason, error },
        {
          target: 'guest',
          active: 'host',
          reason: 'command',
          error: 'ENOTCONN',
        },
      )
      assert.equal(world.engine.stats().activeTarget, 'host')
      assert.equal(world.engine.stats().refusals, 1)
    },
  ),

  onWorld('a switch to a target that does not exist names the nearest', async (world) => {
    await assertRejects(world.engine.switchTo('gest'), 'unknown-target', 'did you mean guest?')
  }),

  onWorld(
    'a switch takes the devices, and what is typed reaches the guest alone',
    async (world) => {
      const { device, source } = await read(world, 'keyboard')
      const guest = await world.consume('guest', 'keyboard')
      await type(device, KEY_A)
      assert.deepEqual(await device.hostSaw(), ['KEY_A 1', 'KEY_A 0'])

      const grabbed = nextEvent(world.engine, 'grabbed')
      const switched = nextEvent(world.engine, 'switched')
      assert.equal(await world.engine.switchTo('guest'), 'switched')
      assert.equal((await grabbed).source, source)
      const { target, previous, reason, latencyNs } = await switched
      assert.deepEqual(
        [target, previous, reason, latencyNs],
        ['guest', 'host', 'command', undefined],
      )
      assert.equal(world.engine.stats().activeTarget, 'guest')

      await type(device, KEY_B)
      assert.deepEqual(await guest.saw(), ['KEY_B 1', 'KEY_B 0'])
      assert.deepEqual(await device.hostSaw(), [])
    },
  ),

  onWorld('a mouse reaches the mouse node', async (world) => {
    const { device } = await read(world, 'mouse')
    const keyboardNode = await world.consume('guest', 'keyboard')
    const mouseNode = await world.consume('guest', 'mouse')
    await world.engine.switchTo('guest')
    await device.move(REL_X, 5)
    await type(device, BTN_LEFT)
    assert.deepEqual(await mouseNode.saw(), ['REL_X 5', 'BTN_LEFT 1', 'BTN_LEFT 0'])
    assert.deepEqual(await keyboardNode.saw(), [])
  }),

  onWorld(
    'a hotkey switches there and back, and reaches neither guest nor host whole',
    async (world) => {
      const { device } = await read(world, 'keyboard')
      const guest = await world.consume('guest', 'keyboard')
      await setUsualHotkeys(world.engine)

      const there = nextEvent(world.engine, 'switched')
      await type(device, KEY_LEFTCTRL, KEY_RIGHTCTRL)
      const { target, reason, latencyNs } = await there
      assert.deepEqual([target, reason], ['guest', 'hotkey'])
      assert.ok(latencyNs !== undefined && latencyNs >= 0)

      const back = nextEvent(world.engine, 'ungrabbed')
      await type(device, KEY_LEFTCTRL, KEY_RIGHTCTRL)
      assert.ok((await back).durationNs >= 0)
      assert.equal(world.engine.stats().activeTarget, 'host')
      assert.ok(!(await guest.saw()).includes('KEY_RIGHTCTRL 1'))
    },
  ),

  onWorld('hotkeys that cannot be are refused, and the old ones stay', async (world) => {
    const { engine } = world
    const { device } = await read(world, 'keyboard')
    await world.consume('guest', 'keyboard')
    await setUsualHotkeys(engine)
    const twice = { keys: [KEY_A, KEY_A], action: { kind: 'next' } } as const
    await assertRejects(engine.setHotkeys([twice]), 'bad-hotkey')
    const lost = { keys: [KEY_A], action: { kind: 'target', target: 'gues' } } as const
    await assertRejects(engine.setHotkeys([lost]), 'unknown-target', 'did you mean guest?')
    const many = Array.from({ length: 17 }, () => ({ ...twice, keys: [KEY_A] }))
    await assertRejects(engine.setHotkeys(many), 'bad-hotkey')
    const switched = nextEvent(engine, 'switched')
    await type(device, KEY_LEFTCTRL, KEY_RIGHTCTRL)
    assert.equal((await switched).target, 'guest')
  }),

  onWorld('a hotkey can be for one target, and leads back from it', async (world) => {
    const { device } = await read(world, 'keyboard')
    await world.consume('guest', 'keyboard')
    await world.engine.setHotkeys([
      { keys: [KEY_ESC], action: { kind: 'target', target: 'guest' } },
    ])
    for (const target of ['guest', 'host']) {
      const switched = nextEvent(world.engine, 'switched')
      await type(device, KEY_ESC)
      assert.equal((await switched).target, target)
    }
  }),

  onWorld('a panic gives everything back, by chord and by command', async (world) => {
    const { device } = await read(world, 'keyboard')
    await world.consume('guest', 'keyboard')
    await setUsualHotkeys(world.engine)
    const acts = [
      async () => await type(device, KEY_LEFTCTRL, KEY_ESC, KEY_RIGHTCTRL),
      async () => await world.engine.panic(),
    ]
    for (const act of acts) {
      await world.engine.switchTo('guest')
      const switched = nextEvent(world.engine, 'switched', ({ target }) => target === 'host')
      const panic = nextEvent(world.engine, 'panic')
      const given = nextEvent(world.engine, 'ungrabbed')
      await act()
      assert.equal((await switched).reason, 'panic')
      await panic
      await given
    }
    assert.equal(world.engine.stats().panics, 2)
    assert.equal(world.engine.stats().grabbed, 0)
  }),

  onWorld('a device that is unplugged with a key held releases it on the guest', async (world) => {
    const { device, source } = await read(world, 'keyboard')
    const guest = await world.consume('guest', 'keyboard')
    await world.engine.switchTo('guest')
    await device.press(KEY_A)
    const gone = nextEvent(world.engine, 'source-gone')
    await device.unplug()
    const event = await gone
    assert.equal(event.source, source)
    assert.equal(event.error, 'ENODEV')
    assert.deepEqual(await guest.saw(), ['KEY_A 1', 'KEY_A 0'])
    await world.engine.removeSource(source)
  }),

  onWorld('a guest whose consumer goes is left, and its coming is told', async (world) => {
    await read(world, 'keyboard')
    const came = nextEvent(world.engine, 'consumer', ({ present }) => present)
    const guest = await world.consume('guest', 'keyboard')
    await world.engine.switchTo('guest')
    assert.equal((await came).target, 'guest')
    assert.equal((await came).role, 'keyboard')
    const went = nextEvent(world.engine, 'consumer', ({ present }) => !present)
    const switched = nextEvent(world.engine, 'switched', ({ target }) => target === 'host')
    await guest.leave()
    await world.engine.askPresence()
    await went
    assert.equal((await switched).reason, 'consumer-gone')
  }),

  onWorld('a removed device is given back and read no more', async (world) => {
    const { device, source } = await read(world, 'keyboard')
    const guest = await world.consume('guest', 'keyboard')
    await world.engine.switchTo('guest')
    const given = nextEvent(world.engine, 'ungrabbed')
    await device.press(KEY_A)
    await world.engine.removeSource(source)
    assert.equal((await given).source, source)
    assert.deepEqual(await guest.saw(), ['KEY_A 1', 'KEY_A 0'])
    await device.release(KEY_A)
    await type(device, KEY_B)
    assert.deepEqual(await guest.saw(), [])
    await world.engine.removeSource(source)
  }),

  onWorld(
    'a device that comes while the guest is active is grabbed at once, and told by itself',
    async (world) => {
      await world.consume('guest', 'keyboard')
      await world.engine.switchTo('guest')
      const first = nextEvent(world.engine, 'grabbed')
      const one = await read(world, 'keyboard')
      assert.equal((await first).source, one.source)
      // The next one may be given the number of the one before: it is another device all the same.
      const gone = nextEvent(world.engine, 'source-gone')
      await one.device.unplug()
      await gone
      const second = nextEvent(world.engine, 'grabbed')
      const other = await read(world, 'keyboard')
      assert.equal((await second).source, other.source)
    },
  ),

  onWorld(
    'in the proxy mode the host reads nodes of ours, also before the first switch',
    async (world) => {
      const keyboardNode = await world.consume('host', 'keyboard')
      const { device } = await read(world, 'keyboard')
      const guest = await world.consume('guest', 'keyboard')
      await type(device, KEY_A)
      assert.deepEqual(await keyboardNode.saw(), ['KEY_A 1', 'KEY_A 0'])
      await world.engine.switchTo('guest')
      await type(device, KEY_B)
      assert.deepEqual(await keyboardNode.saw(), [])
      assert.deepEqual(await guest.saw(), ['KEY_B 1', 'KEY_B 0'])
      assert.deepEqual(await device.hostSaw(), [])
    },
    true,
  ),

  onWorld('the tap copies what devices send, as long as it is on', async (world) => {
    const { device, source } = await read(world, 'keyboard')
    const copies: TapEvent[] = []
    world.engine.events.on('tap', (events) => copies.push(...events))
    await type(device, KEY_A)
    await world.engine.setTap(true)
    const came = nextEvent(world.engine, 'tap', (events) => events.some(({ value }) => value === 0))
    await type(device, KEY_B)
    await came
    await world.engine.setTap(false)
    await type(device, KEY_A)
    await world.engine.askPresence()
    const keys = copies.filter(({ type: kind, value }) => kind === codes.EV_KEY && value !== 2)
    assert.deepEqual(
      keys.map(({ code, value }) => [code, value]),
      [
        [KEY_B, 1],
        [KEY_B, 0],
      ],
    )
    assert.ok(keys.every((event) => event.source === source))
  }),

  onWorld('a target that swallows takes every device, without a consumer', async (world) => {
    const { engine } = world
    const { device, source } = await read(world, 'keyboard')
    await engine.addTarget({ name: 'nobody', swallows: true })
    const grabbed = nextEvent(engine, 'grabbed')
    assert.equal(await engine.switchTo('nobody'), 'switched')
    assert.equal((await grabbed).source, source)
    await engine.askPresence()
    await type(device, KEY_A)
    assert.equal(engine.stats().activeTarget, 'nobody')
    assert.deepEqual(await device.hostSaw(), [])
  }),

  onWorld('a map holds from its setting on, for the sources of its class', async (world) => {
    const { engine } = world
    const keyboard = await world.plug('keyboard')
    const other = await world.plug('keyboard')
    const source = engine.openSource(keyboard.path, { mapClass: 1 })
    await engine.addSource(source)
    await engine.addSource(engine.openSource(other.path))
    const guest = await world.consume('guest', 'keyboard')
    await engine.setMap(mapOf(KEY_A, KEY_B), () => 1)
    await engine.setMap(mapOf(KEY_A, KEY_ESC), (each) => (each === source ? 1 : 0))
    await engine.switchTo('guest')
    await type(keyboard, KEY_A)
    await type(other, KEY_A)
    assert.deepEqual(await guest.saw(), ['KEY_ESC 1', 'KEY_ESC 0', 'KEY_A 1', 'KEY_A 0'])
    await assertRejects(
      engine.setMap({ ...mapOf(KEY_A, KEY_B), classes: [new Map([['gest', 0]])] }, () => 0),
      'unknown-target',
    )
  }),

  onWorld('a rule of a map may be a hook, which is told by its name', async (world) => {
    const { engine } = world
    const { device } = await read(world, 'keyboard')
    const action = { kind: 'hook', hook: 'dock' } as const
    await engine.setMap(
      {
        rules: [{ table: 0, keys: [KEY_A], result: { kind: 'action', action } }],
        axes: [],
        classes: [new Map([['host', 0]])],
      },
      () => 0,
    )
    const told = nextEvent(engine, 'hook')
    await type(device, KEY_A)
    assert.equal((await told).hook, 'dock')
  }),

  onWorld('a macro is played in its own time', async (world) => {
    const { engine } = world
    const { device } = await read(world, 'keyboard')
    const guest = await world.consume('guest', 'keyboard')
    const steps = [true, false].map((isPress) => ({ code: KEY_B, isPress, waitMs: 0 }))
    await engine.setMap(
      {
        rules: [{ table: 0, keys: [KEY_A], result: { kind: 'macro', steps } }],
        axes: [],
        classes: [new Map([['guest', 0]])],
      },
      () => 0,
    )
    await engine.switchTo('guest')
    await type(device, KEY_A)
    assert.deepEqual(await guest.saw(), ['KEY_B 1', 'KEY_B 0'])
  }),

  onWorld('a hotkey may be a hook, which is told and does nothing else', async (world) => {
    const { device } = await read(world, 'keyboard')
    await world.consume('guest', 'keyboard')
    await world.engine.setHotkeys([{ keys: [KEY_ESC], action: { kind: 'hook', hook: 'lamp' } }])
    for (const active of ['host', 'guest']) {
      await world.engine.switchTo(active)
      const told = nextEvent(world.engine, 'hook')
      await type(device, KEY_ESC)
      const { hook, target } = await told
      assert.deepEqual([hook, target], ['lamp', active])
      assert.equal(world.engine.stats().activeTarget, active)
    }
  }),

  onWorld('a lock keeps hotkeys from switching, until a command does', async (world) => {
    const { engine } = world
    const { device } = await read(world, 'keyboard')
    await world.consume('guest', 'keyboard')
    await engine.setHotkeys([
      { keys: [KEY_A], action: { kind: 'next' } },
      { keys: [KEY_ESC], action: { kind: 'lock' } },
    ])
    const locked = nextEvent(engine, 'locked')
    await type(device, KEY_ESC)
    assert.equal((await locked).locked, true)
    await type(device, KEY_A)
    assert.equal(engine.stats().activeTarget, 'host')
    const unlocked = nextEvent(engine, 'locked')
    assert.equal(await engine.switchTo('guest'), 'switched')
    assert.equal((await unlocked).locked, false)
    const switched = nextEvent(engine, 'switched')
    await type(device, KEY_A)
    assert.equal((await switched).target, 'host')
  }),

  onWorld(
    'a pinned device has its target, whatever is active, until it is pinned no more',
    async (world) => {
      const { engine } = world
      const { device, source } = await read(world, 'keyboard')
      const guest = await world.consume('guest', 'keyboard')
      await assertRejects(engine.pinSource(source, 'gest'), 'unknown-target', 'did you mean guest?')
      const grabbed = nextEvent(engine, 'grabbed')
      await engine.pinSource(source, 'guest')
      await engine.askPresence()
      assert.equal((await grabbed).source, source)
      await type(device, KEY_A)
      assert.equal(engine.stats().activeTarget, 'host')
      assert.deepEqual(await guest.saw(), ['KEY_A 1', 'KEY_A 0'])
      await assertRejects(engine.removeTarget('guest'), 'usage')
      const given = nextEvent(engine, 'ungrabbed')
      await engine.pinSource(source, undefined)
      await given
      await device.hostSaw()
      await type(device, KEY_B)
      assert.deepEqual(await device.hostSaw(), ['KEY_B 1', 'KEY_B 0'])
      assert.deepEqual(await guest.saw(), [])
    },
  ),

  onWorld(
    'a target that is removed while it is active gives the input back, and is known no more',
    async (world) => {
      const { engine } = world
      const { device } = await read(world, 'keyboard')
      const guest = await world.consume('guest', 'keyboard')
      await engine.switchTo('guest')
      await device.press(KEY_A)
      assert.deepEqual(await guest.saw(), ['KEY_A 1'])
      const switched = nextEvent(engine, 'switched')
      await engine.removeTarget('guest')
      const { target, reason } = await switched
      assert.deepEqual([target, reason], ['host', 'removed'])
      await device.release(KEY_A)
      await assertRejects(engine.switchTo('guest'), 'unknown-target')
      await assertRejects(engine.removeTarget('guest'), 'unknown-target')
      await world.addGuest('guest')
      assert.equal(await engine.switchTo('guest'), 'not-consumed')
    },
  ),

  onWorld("a target's toggle is another from its change on", async (world) => {
    const { engine } = world
    const { device } = await read(world, 'keyboard')
    const guest = await world.consume('guest', 'keyboard')
    const both = ['KEY_LEFTCTRL 1', 'KEY_RIGHTCTRL 1', 'KEY_LEFTCTRL 0', 'KEY_RIGHTCTRL 0']
    await engine.switchTo('guest')
    await type(device, KEY_LEFTCTRL, KEY_RIGHTCTRL)
    assert.notDeepEqual(await guest.saw(), both)
    await engine.updateTarget('guest', { repeat: false, grabToggle: 'none' })
    await type(device, KEY_LEFTCTRL, KEY_RIGHTCTRL)
    assert.deepEqual(await guest.saw(), both)
    await assertRejects(
      engine.updateTarget('gest', { repeat: true, grabToggle: 'none' }),
      'unknown-target',
    )
  }),

  onWorld('a repair presses and releases what a guest may take for pressed', async (world) => {
    const { engine } = world
    const { device } = await read(world, 'keyboard')
    assert.equal(await engine.repairTarget('guest'), 'not-consumed')
    const guest = await world.consume('guest', 'keyboard')
    await engine.switchTo('guest')
    await type(device, KEY_A)
    assert.deepEqual(await guest.saw(), ['KEY_A 1', 'KEY_A 0'])
    assert.equal(await engine.repairTarget('guest'), 'repaired')
    const saw = await guest.saw()
    for (const key of ['KEY_A', 'KEY_LEFTCTRL', 'KEY_RIGHTSHIFT']) {
      assert.deepEqual(
        saw.filter((each) => each.startsWith(`${key} `)),
        [`${key} 1`, `${key} 0`],
      )
    }
    await assertRejects(engine.repairTarget('gest'), 'unknown-target')
  }),

  onWorld(
    'the indicator is lit while a guest is active, and as long as it is wanted',
    async (world) => {
      const { engine } = world
      const { device } = await read(world, 'keyboard')
      await world.consume('guest', 'keyboard')
      await engine.setIndicator(true)
      assert.deepEqual(await device.lit(), [])
      await engine.switchTo('guest')
      assert.deepEqual(await device.lit(), [LED_SCROLLL])
      await engine.setIndicator(false)
      assert.deepEqual(await device.lit(), [])
      await engine.setIndicator(true)
      assert.deepEqual(await device.lit(), [LED_SCROLLL])
      const given = nextEvent(engine, 'ungrabbed')
      await engine.switchTo('host')
      await given
      await engine.askPresence()
      assert.deepEqual(await device.lit(), [])
    },
  ),

  onWorld('to the next target that is consumed, and back', async (world) => {
    const { engine } = world
    await world.addGuest('mac')
    await world.consume('mac', 'keyboard')
    const active = async (direction: 'next' | 'previous') => {
      assert.equal(await engine.switchBy(direction), 'switched')
      return engine.stats().activeTarget
    }
    assert.equal(await active('next'), 'mac')
    assert.equal(await active('next'), 'host')
    assert.equal(await active('previous'), 'mac')
  }),

  onWorld('a node that somebody kept is taken over, by who asks for the same', async (world) => {
    const { engine } = world
    const options = { name: 'kept', phys: 'evswitch-kept-event-kbd', role: 'keyboard' } as const
    const made = await engine.createSink(options)
    const kept = await world.keep(made)
    const { node, minor } = made
    made.close()
    await assertRejects(
      engine.adoptSink(kept, { ...options, phys: 'evswitch-other-event-kbd' }),
      'unsuitable-device',
    )
    const adopted = await engine.adoptSink(kept, options)
    assert.deepEqual([adopted.node, adopted.minor, adopted.isCurrent], [node, minor, true])
    adopted.close()
  }),

  onWorld('the host cannot swallow', async (world) => {
    await assert.rejects(world.engine.addTarget({ name: 'host', swallows: true }))
  }),

  onWorld('a name can be given to one target only', async (world) => {
    await assertRejects(world.engine.addTarget({ name: 'guest' }), 'usage')
  }),

  onWorld('there is room for seven guests, and the eighth is refused', async (world) => {
    for (let index = 2; index <= 7; index++) await world.engine.addTarget({ name: `guest${index}` })
    await assertRejects(world.engine.addTarget({ name: 'guest8' }), 'unexpected', 'are the most')
  }),

  onWorld('more commands at once than the engine takes are all done, in order', async (world) => {
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        await world.engine.askPresence()
        order.push(index)
      }),
    )
    assert.deepEqual(order, [...order.keys()])
  }),

  onWorld('a stop releases everything, gives it back, and is final', async (world) => {
    const { engine } = world
    const { device } = await read(world, 'keyboard')
    const guest = await world.consume('guest', 'keyboard')
    await engine.switchTo('guest')
    await device.press(KEY_A)
    assert.deepEqual(await guest.saw(), ['KEY_A 1'])
    const stopped = nextEvent(engine, 'stopped')
    const switched = nextEvent(engine, 'switched')
    await Promise.all([engine.stop(), engine.stop()])
    await stopped
    assert.equal((await switched).reason, 'stop')
    assert.equal(engine.stats().activeTarget, 'host')
    assert.equal(engine.stats().grabbed, 0)
    await assertRejects(engine.switchTo('guest'), 'not-running')
    await assertRejects(engine.askPresence(), 'not-running')
    await engine.stop()
  }),
]

/** For the guest, and sources of class 1 only. */
function mapOf(key: number, becomes: number): KeyMap {
  return {
    rules: [{ table: 0, keys: [key], result: { kind: 'keys', keys: [becomes] } }],
    axes: [],
    classes: [new Map(), new Map([['guest', 0]])],
  }
}

/** A case on a running engine with one guest, named guest. */
function onWorld(
  name: string,
  run: (world: EngineWorld) => Promise<void>,
  isProxy = false,
): ContractCase {
  return {
    name,
    run: async (create) => {
      const world = await create(isProxy ? { hostMode: 'proxy' } : {})
      try {
        if (isProxy) await world.addHostNodes()
        await world.addGuest('guest')
        await run(world)
      } finally {
        await world.close()
      }
    },
  }
}

async function read(
  world: EngineWorld,
  kind: 'keyboard' | 'mouse',
): Promise<{ device: WorldDevice; source: Source }> {
  const device = await world.plug(kind)
  const source = world.engine.openSource(device.path)
  await world.engine.addSource(source)
  return { device, source }
}

/** Presses keys one after the other, then lets them go. */
async function type(device: WorldDevice, ...keys: readonly number[]): Promise<void> {
  await device.press(...keys)
  await device.release(...keys)
}

async function setUsualHotkeys(engine: Engine): Promise<void> {
  await engine.setHotkeys([
    { keys: [KEY_LEFTCTRL, KEY_RIGHTCTRL], action: { kind: 'next' } },
    { keys: [KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_ESC], action: { kind: 'panic' } },
  ])
}

function assertThrows(run: () => unknown, code: ErrorCode): void {
  assert.throws(run, (error) => error instanceof EvswitchError && error.code === code)
}

async function assertRejects(promise: Promise<unknown>, code: ErrorCode, text = ''): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof EvswitchError, String(error))
    assert.equal(error.code, code)
    assert.ok(error.message.includes(text), error.message)
    return true
  })
}
