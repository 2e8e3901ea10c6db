import { blob, options, s16, since, text, u8, u16, u32, type ValueOf } from './fields.ts'

export type Side = 'server' | 'client'

/** What is known of a message. Who encodes and who decodes reads the same line. */
interface Row {
  readonly from: Side | 'both'
  /** Minor version that brought it; peers of an earlier one must not get it. */
  readonly since: number
  readonly fields: object
}

const key = { id: u16, mask: u16, button: u16 }
const point = { x: s16, y: s16 }
const shift = { dx: s16, dy: s16 }
const language = since(8, text, '')

/**
 * Every message of Barrier, Input Leap, Deskflow and Synergy from protocol 1.3 to 1.8, in the order of its arguments. Only the
 * two greetings have another form: hello.ts.
 */
export const messages = {
  /** Asks for DINF. */
  QINF: { from: 'server', since: 0, fields: {} },
  /** A screen's place and size, and where its pointer is; `warp` is always 0. */
  DINF: {
    from: 'client',
    since: 0,
    fields: {
      ...{ x: s16, y: s16, width: s16, height: s16 },
      ...{ warp: s16, pointerX: s16, pointerY: s16 },
    },
  },
  /** Acknowledges DINF. */
  CIAK: { from: 'server', since: 0, fields: {} },
  /** All options are back at their default. */
  CROP: { from: 'server', since: 0, fields: {} },
  /** Options; the first one ends the handshake. */
  DSOP: { from: 'server', since: 0, fields: { options } },
  /** Keep-alive; a client answers it by the same. */
  CALV: { from: 'both', since: 3, fields: {} },
  CNOP: { from: 'both', since: 0, fields: {} },
  /** The connection is over, in good order. */
  CBYE: { from: 'server', since: 0, fields: {} },
  /** The pointer enters; `mask` says which locks are on. */
  CINN: { from: 'server', since: 0, fields: { ...point, sequence: u32, mask: u16 } },
  COUT: { from: 'server', since: 0, fields: {} },
  DKDN: { from: 'server', since: 1, fields: key },
  DKDL: { from: 'server', since: 8, fields: { ...key, language: text } },
  DKRP: {
    from: 'server',
    since: 1,
    fields: { id: u16, mask: u16, count: u16, button: u16, language },
  },
  DKUP: { from: 'server', since: 1, fields: key },
  DMDN: { from: 'server', since: 0, fields: { button: u8 } },
  DMUP: { from: 'server', since: 0, fields: { button: u8 } },
  DMMV: { from: 'server', since: 0, fields: point },
  DMRM: { from: 'server', since: 2, fields: shift },
  /** +120 is one notch to the right, or up. */
  DMWM: { from: 'server', since: 3, fields: shift },
  /** The sender owns this clipboard now. */
  CCLP: { from: 'both', since: 0, fields: { clipboard: u8, sequence: u32 } },
  /** A piece of clipboard: mark 1 its size, 2 data, 3 the end. Before 1.6 all of it in one, without a mark. */
  DCLP: {
    from: 'both',
    since: 0,
    fields: { clipboard: u8, sequence: u32, mark: since(6, u8, 0), data: blob },
  },
  /** The screen saver goes on or off. */
  CSEC: { from: 'server', since: 0, fields: { on: u8 } },
  DFTR: { from: 'both', since: 5, fields: { mark: u8, data: blob } },
  DDRG: { from: 'both', since: 5, fields: { count: u16, paths: blob } },
  /** A program on the server keeps the keyboard to itself (macOS). */
  SECN: { from: 'server', since: 7, fields: { program: text } },
  /** Languages of the server's keyboard, two letters each, one after another. */
  LSYN: { from: 'server', since: 8, fields: { languages: text } },
  /** Refusals, by a server: of the version, of a name that is in use, of one that it does not know. */
  EICV: { from: 'server', since: 0, fields: { major: u16, minor: u16 } },
  EBSY: { from: 'server', since: 0, fields: {} },
  EUNK: { from: 'server', since: 0, fields: {} },
  /** What the other side said was no message. */
  EBAD: { from: 'both', since: 0, fields: {} },
} as const satisfies Readonly<Record<string, Row>>

type Table = typeof messages

export type Code = keyof Table

/** The arguments of a message, by name. */
export type Arguments<F> = { readonly [N in keyof F]: ValueOf<F[N]> }

type Messages = { [C in Code]: { readonly code: C } & Arguments<Table[C]['fields']> }

export type Message = Messages[Code]

/** What that side may say. */
export type MessageFrom<S extends Side> = {
  [C in Code]: Table[C]['from'] extends S | 'both' ? Messages[C] : never
}[Code]
