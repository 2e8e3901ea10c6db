import { Duplex } from 'node:stream'
import { PATIENCE_MS } from './deadline.ts'
import { LabError } from './lab-error.ts'
import type { ExitStatus, LabProcess } from './lab-process.ts'
import { LineStream } from './line-stream.ts'
import { buildBootSector, type GuestMode } from './programs.ts'
import { Qmp } from './qmp.ts'
import { ScanCodeDecoder, type ScannedKey } from './scan-codes.ts'
import type { LabVm } from './vm.ts'

export interface NestedGuestOptions {
  /** Nodes inside the lab that QEMU opens with input-linux. */
  readonly keyboardNode?: string | undefined
  readonly mouseNode?: string | undefined
  /** `bios` reads keys as a boot loader, `raw` every make and break code and the mouse; raw by default. */
  readonly mode?: GuestMode | undefined
  /** input-linux's repeat option; on by default, since QEMU's PS/2 keyboard never repeats by itself. */
  readonly repeat?: boolean | undefined
  /** More arguments for QEMU. */
  readonly extraArgs?: readonly string[] | undefined
  readonly bootDeadlineMs?: number | undefined
}

/** A packet of the guest's mouse. */
export interface MousePacket {
  readonly dx: number
  /** Upwards is positive, as PS/2 has it; evdev has it the other way round. */
  readonly dy: number
  readonly wheel: number
  readonly left: boolean
  readonly right: boolean
  readonly middle: boolean
}

const GREETING = 'PRESS ANY KEY'

/** Starts a guest inside the lab and waits until it listens to its keyboard and mouse. */
export async function startNestedGuest(
  vm: LabVm,
  options: NestedGuestOptions = {},
): Promise<NestedGuest> {
  const process = await vm.spawn(['qemu-system-x86_64', ...guestArguments(options)])
  const guest = new NestedGuest(process)
  try {
    await guest.waitForLine(GREETING, options.bootDeadlineMs)
    await guest.qmp.execute('qmp_capabilities')
    return guest
  } catch (error) {
    await guest.stop()
    throw error
  }
}

function guestArguments(options: NestedGuestOptions): string[] {
  const { keyboardNode, mouseNode, mode = 'raw', repeat = true, extraArgs = [] } = options
  const object = (id: string, node: string, more: string) => [
    '-object',
    `input-linux,id=${id},evdev=${node}${more}`,
  ]
  const keyboardOptions = `,grab_all=on,repeat=${repeat ? 'on' : 'off'}`
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none'],
    ...['-machine', 'pc', '-accel', 'tcg,tb-size=16', '-m', '16'],
    ...['-drive', `file=${buildBootSector(mode)},format=raw,if=ide,snapshot=on`],
    // stdin and stdout are the monitor, so the guest speaks on stderr.
    ...['-qmp', 'stdio', '-serial', 'file:/dev/stderr'],
    ...(keyboardNode === undefined ? [] : object('kbd', keyboardNode, keyboardOptions)),
    ...(mouseNode === undefined ? [] : object('mouse', mouseNode, '')),
    ...extraArgs,
  ]
}

/** A guest inside the lab, and what it tells about its keyboard and mouse. */
export class NestedGuest {
  /** The monitor of its QEMU, for pausing, resetting and ending it. */
  readonly qmp: Qmp
  /** QEMU inside the lab; stderr has the guest's words among its own. */
  readonly process: LabProcess
  /** Keys in the order of their arrival; in mode `raw` only. */
  readonly keys: ScannedKey[] = []
  /** Mode `bios`: what int 16h gave, scan code in the high byte, character in the low. */
  readonly biosKeys: number[] = []
  readonly mousePackets: MousePacket[] = []

  readonly #decoder = new ScanCodeDecoder()
  readonly #lines = new LineStream(() => this.process.describe())
  #rest = ''

  constructor(process: LabProcess) {
    this.process = process
    process.stderr.onData = (bytes) => this.#read(bytes)
    this.qmp = new Qmp(monitorOf(process), (message) => `${message}: ${process.describe()}`)
    process.exited.then(
      () => this.#end(new LabError(`the guest has ended: ${process.describe()}`)),
      (error: Error) => this.#end(error),
    )
  }

  /** Keys that the guest takes for pressed, in Linux key codes; in mode `raw` only. */
  get pressedKeys(): ReadonlySet<number> {
    return this.#decoder.pressed
  }

  /** The buttons of the last mouse packet. */
  get pressedButtons(): Pick<MousePacket, 'left' | 'right' | 'middle'> {
    const { left, right, middle } = this.mousePackets.at(-1) ?? NO_BUTTONS
    return { left, right, middle }
  }

  /** Where the pointer went, all packets together, in evdev's directions. */
  get motion(): { readonly x: number; readonly y: number } {
    return this.mousePackets.reduce(({ x, y }, { dx, dy }) => ({ x: x + dx, y: y - dy }), ORIGIN)
  }

  /** The next word of the guest that matches, after the last one waited for. */
  async waitForLine(match: string | RegExp, deadlineMs = PATIENCE_MS): Promise<string> {
    return await this.#lines.waitForLine(match, deadlineMs)
  }

  /** Waits until the guest has seen a key (Linux code) go down or up, now or before. */
  async waitForKey(key: number, down: boolean, deadlineMs = PATIENCE_MS): Promise<void> {
    await this.waitUntil(
      () => this.keys.some((seen) => seen.key === key && seen.down === down),
      deadlineMs,
    )
  }

  /** Waits until something is true of what the guest told; looked at again with each of its words. */
  async waitUntil(condition: () => boolean, deadlineMs = PATIENCE_MS): Promise<void> {
    await this.#lines.waitUntil(condition, `the guest never had ${condition}`, deadlineMs)
  }

  /** Ends its QEMU as a crash would. */
  async stop(): Promise<ExitStatus> {
    this.process.kill('SIGKILL')
    return await this.process.waitForExit()
  }

  #end(error: Error): void {
    this.#lines.end(error)
    this.qmp.close(error)
  }

  #read(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString()).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#take(line)
    this.#lines.push(bytes)
  }

  #take(line: string): void {
    const [word, ...numbers] = line.split(' ')
    const bytes = numbers.map((text) => Number.parseInt(text, 16))
    if (word === 'K') {
      const key = this.#decoder.take(bytes[0] ?? 0)
      if (key) this.keys.push(key)
    } else if (word === 'M') {
      this.mousePackets.push(decodePacket(bytes))
    } else if (word === 'KEY') {
      this.biosKeys.push(bytes[0] ?? 0)
    }
  }
}

const ORIGIN = { x: 0, y: 0 }
const NO_BUTTONS = { left: false, right: false, middle: false }

/** Signs of the movements are in the first byte, as are the buttons. */
function decodePacket([flags = 0, x = 0, y = 0, z = 0]: readonly number[]): MousePacket {
  return {
    dx: flags & 0x10 ? x - 256 : x,
    dy: flags & 0x20 ? y - 256 : y,
    wheel: z > 127 ? z - 256 : z,
    left: (flags & 0x01) !== 0,
    right: (flags & 0x02) !== 0,
    middle: (flags & 0x04) !== 0,
  }
}

function monitorOf(process: LabProcess): Duplex {
  const stream = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      process.write(chunk)
      done()
    },
  })
  process.stdout.onData = (bytes) => stream.push(bytes)
  return stream
}
