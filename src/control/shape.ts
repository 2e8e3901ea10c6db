/**
 * What a JSON value must look like: read by the server from untrusted clients, and written into the reference.
 * `read` returns the value with its type, without unknown keys let through; it throws a ShapeError.
 */
export interface Shape<T> {
  /** Ends "must be ...": 'a text of at most 64 characters'. */
  readonly expects: string
  /** A sentence or two for the reference; may be empty. */
  readonly about: string
  /** Whether it may be left out of an object. */
  readonly isOptional: boolean
  /** Of an object, or of the entries of a list. */
  readonly fields: Fields | undefined
  /** What the reference calls it, if it is told in a place of its own. */
  readonly title: string | undefined
  read(value: unknown, place: string): T
}

export type Fields = Readonly<Record<string, Shape<unknown>>>

export type Infer<S> = S extends Shape<infer T> ? T : never

/** A value that is not of its shape; the message names the place and never the value. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'

  constructor(place: string, expects: string) {
    super(`${place} must be ${expects}`)
  }
}

const longestText = 4096

export function text(about = '', { max = longestText } = {}): Shape<string> {
  const most = max === longestText ? '' : ` of at most ${max} characters`
  return simple(`a text${most}`, about, (value) =>
    typeof value === 'string' && value.length <= max ? value : undefined,
  )
}

export function flag(about = ''): Shape<boolean> {
  return simple('true or false', about, (value) => (typeof value === 'boolean' ? value : undefined))
}

/** A number that counts or measures: never negative. */
export function count(about = '', { max = Number.MAX_SAFE_INTEGER } = {}): Shape<number> {
  const most = max === Number.MAX_SAFE_INTEGER ? '' : ` up to ${max}`
  return simple(`a number from 0${most}`, about, (value) =>
    typeof value === 'number' && value >= 0 && value <= max ? value : undefined,
  )
}

export function word<const T extends string>(words: readonly T[], about = ''): Shape<T> {
  const quoted = words.map((each) => `"${each}"`)
  const last = quoted.at(-1) ?? ''
  const before = quoted.slice(0, -1).join(', ')
  return simple(before === '' ? last : `${before} or ${last}`, about, (value) =>
    words.find((each) => each === value),
  )
}

/** What another table describes, or what only people and logs read. */
export function anything(about = ''): Shape<unknown> {
  return simple('any value', about, (value) => value)
}

export function list<T>(entry: Shape<T>, about = '', { max = 4096 } = {}): Shape<readonly T[]> {
  return {
    expects: `a list; an entry is ${entry.expects}`,
    about,
    isOptional: false,
    fields: entry.fields,
    title: entry.title,
    read: (value, place) => {
      if (!Array.isArray(value)) throw new ShapeError(place, 'a list')
      if (value.length > max) throw new ShapeError(place, `a list of at most ${max} entries`)
      return value.map((item, index) => entry.read(item, `${place}[${index}]`))
    },
  }
}

/** An object of fields: what may be missing may be left out of it. */
type Read<F extends Fields> = {
  readonly [K in keyof F as undefined extends Infer<F[K]> ? never : K]: Infer<F[K]>
} & {
  readonly [K in keyof F as undefined extends Infer<F[K]> ? K : never]?: Infer<F[K]>
}

export function object<F extends Fields>(fields: F, about = ''): Shape<Read<F>> {
  return {
    expects: 'an object',
    about,
    isOptional: false,
    fields,
    title: undefined,
    read: (value, place) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new ShapeError(place, 'an object')
      }
      const given = value as Readonly<Record<string, unknown>>
      const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name))
      if (unknown !== undefined) {
        const known = Object.keys(fields).join(', ')
        throw new ShapeError(place, known === '' ? 'empty' : `an object with no keys but ${known}`)
      }
      const entries = Object.entries(fields).flatMap(([name, shape]) => {
        const own = Object.hasOwn(given, name) ? given[name] : undefined
        return own === undefined && shape.isOptional
          ? []
          : [[name, shape.read(own, `${place}.${name}`)]]
      })
      return Object.fromEntries(entries) as Read<F>
    },
  }
}

export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return { ...shape, isOptional: true }
}

/** The same under a name, for several places. */
export function titled<T>(title: string, shape: Shape<T>): Shape<T> {
  return { ...shape, title, expects: `a ${title}` }
}

/** The same with something to say about this place. */
export function about<T>(shape: Shape<T>, sentence: string): Shape<T> {
  return { ...shape, about: sentence }
}

function simple<T>(
  expects: string,
  about: string,
  accept: (value: unknown) => T | undefined,
): Shape<T> {
  return {
    expects,
    about,
    isOptional: false,
    fields: undefined,
    title: undefined,
    read: (value, place) => {
      const read = accept(value)
      if (read === undefined) throw new ShapeError(place, expects)
      return read
    },
  }
}
