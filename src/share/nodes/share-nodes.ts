import { codes } from '../../engine/code-table.ts'
import type { Description, Engine, OwnNode, SinkEvent } from '../../engine/types.ts'
import { pointerMax, type Stream, streamOf } from './frame-check.ts'

/** What makes nodes; an engine, which need not run. */
export type NodeMaker = Pick<Engine, 'createSink' | 'createClone'>

const streams = ['keyboard', 'mouse', 'pointer'] as const satisfies readonly Stream[]

const lamps: readonly (readonly [number, number])[] = [
  codes.LED_NUML,
  codes.LED_CAPSL,
  codes.LED_SCROLLL,
].map((led) => [led, 1 << led])

/** The slash keeps udev's rules for guests' nodes away: these are ordinary devices of this machine. */
function physOf(stream: Stream): string {
  return `evswitch-share/${stream}`
}

/**
 * The keyboard and mouse of another computer on this machine: a keyboard, a mouse, and a pointer for motion that says
 * where and not how far, which do not go together on one node.
 */
export class ShareNodes {
  readonly #nodes: Readonly<Record<Stream, OwnNode>>
  readonly #pressed = new Map(streams.map((stream) => [stream, new Set<number>()]))

  private constructor(nodes: Readonly<Record<Stream, OwnNode>>) {
    this.#nodes = nodes
  }

  /** Rejects as `Engine.createSink` does; then there is none of them. */
  static async create(maker: NodeMaker): Promise<ShareNodes> {
    const made = await Promise.allSettled([
      maker.createSink({ ...namesOf('keyboard'), role: 'keyboard', profile: 'host' }),
      maker.createSink({ ...namesOf('mouse'), role: 'mouse', profile: 'host' }),
      maker.createClone(pointerDescription, { phys: physOf('pointer'), profile: 'everything' }),
    ])
    const [keyboard, mouse, pointer] = made.map((each) =>
      each.status === 'fulfilled' ? each.value : undefined,
    )
    if (keyboard !== undefined && mouse !== undefined && pointer !== undefined) {
      return new ShareNodes({ keyboard, mouse, pointer })
    }
    for (const node of [keyboard, mouse, pointer]) node?.close()
    throw made.find((each) => each.status === 'rejected')?.reason
  }

  /** '/dev/input/event12' of each. */
  get paths(): readonly string[] {
    return streams.map((stream) => this.#nodes[stream].node)
  }

  /** Each node gets its part of the frame, in its order. Its events were checked before. */
  write(frame: readonly SinkEvent[]): void {
    for (const stream of streams) {
      const part = frame.filter((event) => streamOf(event) === stream)
      if (part.length === 0) continue
      for (const event of part) this.#follow(stream, event)
      this.#nodes[stream].write(part)
    }
  }

  /** Everything that is down goes up. */
  releaseAll(): void {
    for (const [stream, pressed] of this.#pressed) {
      const releases = [...pressed].map((code) => ({ type: codes.EV_KEY, code, value: 0 }))
      pressed.clear()
      if (releases.length > 0) this.#nodes[stream].write(releases)
    }
  }

  /** What the desktop, or the console, has lit on the keyboard. */
  lamps(): SinkEvent[] {
    const lit = this.#nodes.keyboard.lamps()
    return lamps.map(([code, bit]) => ({
      type: codes.EV_LED,
      code,
      value: (lit & bit) === 0 ? 0 : 1,
    }))
  }

  close(): void {
    this.releaseAll()
    for (const node of Object.values(this.#nodes)) node.close()
  }

  #follow(stream: Stream, { type, code, value }: SinkEvent): void {
    const pressed = this.#pressed.get(stream)
    if (type !== codes.EV_KEY) return
    if (value === 0) pressed?.delete(code)
    else pressed?.add(code)
  }
}

function namesOf(stream: Stream): { name: string; phys: string } {
  return { name: `evswitch share ${stream}`, phys: physOf(stream) }
}

function bits(...numbers: readonly number[]): bigint {
  return numbers.reduce((set, number) => set | (1n << BigInt(number)), 0n)
}

/** linux/input.h */
const busVirtual = 6

const axis = { value: 0, minimum: 0, maximum: pointerMax, fuzz: 0, flat: 0, resolution: 0 }

/** A tablet as virtual machines have one: udev and libinput take it for a mouse by its button. */
const pointerDescription: Description = {
  name: Buffer.from('evswitch share pointer'),
  bus: busVirtual,
  vendor: 0,
  product: 3,
  version: 0,
  properties: 0n,
  types: bits(codes.EV_SYN, codes.EV_KEY, codes.EV_ABS),
  keys: bits(codes.BTN_LEFT, codes.BTN_RIGHT, codes.BTN_MIDDLE),
  relative: 0n,
  absolute: bits(codes.ABS_X, codes.ABS_Y),
  misc: 0n,
  switches: 0n,
  leds: 0n,
  sounds: 0n,
  forces: 0n,
  axes: new Map([
    [codes.ABS_X, axis],
    [codes.ABS_Y, axis],
  ]),
}
