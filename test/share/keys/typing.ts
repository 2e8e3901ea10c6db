import { codes } from '../../../src/engine/code-table.ts'
import { openXkb } from '../../../src/native/xkb.ts'
import type { BarrierKey } from '../../../src/share/keys/barrier-key.ts'
import { HostKeys } from '../../../src/share/keys/host-keys.ts'
import type { IncomingKeys, KeyChange } from '../../../src/share/keys/incoming-keys.ts'
import type { Layout, LayoutState } from '../../../src/share/keys/layout.ts'
import { layoutNames } from '../../../src/share/keys/layout-names.ts'
import type { OutgoingKeys } from '../../../src/share/keys/outgoing-keys.ts'
import { openXkbLayout } from '../../../src/share/keys/xkb-layout.ts'

/** libxkbcommon with layouts; undefined where the system has none. */
export const xkb = hasLayouts() ? openXkb() : undefined

/** For `describe.skipIf(...)` and its name. */
export const noXkb = xkb === undefined
export const skipReason = noXkb ? ' (skipped: no libxkbcommon0 and xkb-data here)' : ''

function hasLayouts(): boolean {
  const keymap = openXkb()?.compile(layoutNames({}))
  keymap?.close()
  return keymap !== undefined
}

/** A layout of the system's; only where there is xkb. */
export function xkbLayout(layout: string, variant = '', options = ''): Layout {
  const opened = xkb && openXkbLayout(xkb, layoutNames({ layout, variant, options }))
  if (opened === undefined) throw new Error(`no layout ${layout} ${variant}`)
  return opened
}

export function hostKeys(layout: string, variant = '', options = ''): HostKeys {
  const opened = xkbLayout(layout, variant, options)
  try {
    return new HostKeys(opened)
  } finally {
    opened.close()
  }
}

/** What fingers do to type a text on a keyboard of this layout: codes down (1) and up (0). */
export function fingers(layout: Layout, text: string): KeyChange[] {
  const keys = new HostKeys(layout)
  return [...text].flatMap((character) => {
    const id = character.codePointAt(0) ?? 0
    const found =
      character === ' '
        ? { code: codes.KEY_SPACE, shift: false, altGr: false }
        : keys.find(id, false)
    if (found === undefined) throw new Error(`${layout.label} has no ${character}`)
    const held = [
      ...(found.shift ? [codes.KEY_LEFTSHIFT] : []),
      ...(found.altGr ? [keys.altGrCode ?? 0] : []),
      found.code,
    ]
    return [
      ...held.map((code) => ({ code, value: 1 }) as const),
      ...held.toReversed().map((code) => ({ code, value: 0 }) as const),
    ]
  })
}

export interface Message extends BarrierKey {
  readonly kind: 'down' | 'up'
}

/** What a server says when a keyboard does this. */
export function told(keys: OutgoingKeys, changes: readonly KeyChange[]): Message[] {
  return changes.flatMap(({ code, value }) => {
    const key = value === 1 ? keys.press(code) : keys.release(code)
    return key === undefined ? [] : [{ ...key, kind: value === 1 ? ('down' as const) : 'up' }]
  })
}

export function heard(keys: IncomingKeys, messages: readonly Message[]): KeyChange[] {
  return messages.flatMap((message) =>
    message.kind === 'down' ? keys.press(message) : keys.release(message),
  )
}

/** A desktop that reads our keyboard: which characters it gets, and what is down. */
export class Desktop {
  text = ''
  readonly down = new Set<number>()
  readonly #state: LayoutState

  constructor(layout: Layout) {
    this.#state = layout.newState()
  }

  /** Throws for what a kernel would filter, because it is no change. */
  feed(changes: readonly KeyChange[]): this {
    for (const { code, value } of changes) {
      if (this.down.has(code) === (value === 1)) throw new Error(`code ${code} is ${value} already`)
      if (value === 1) {
        const id = this.#state.keyId(code)
        if (id !== undefined && id < 0xe000)
          this.text += this.#isShortcut() ? '' : String.fromCodePoint(id)
        this.down.add(code)
      } else {
        this.down.delete(code)
      }
      this.#state.change(code, value === 1)
    }
    return this
  }

  close(): void {
    this.#state.close()
  }

  #isShortcut(): boolean {
    return (this.#state.mask & 0x16) !== 0
  }
}
