import { StringDecoder } from 'node:string_decoder'

/** Longer than anything that QEMU says unasked: its greeting has a few hundred bytes, events less. */
export const qmpLineMax = 64 * 1024

/**
 * Cuts what comes from a QMP monitor into its JSON objects, one on each line (QEMU, docs/interop/qmp-spec.rst, without
 * `pretty`). What the guest can make QEMU say is in there: the sender is not trusted.
 */
export class QmpStream {
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  /** Whole objects that have arrived. Throws a RangeError for a line without end and a SyntaxError for what is no object. */
  push(bytes: Buffer): Record<string, unknown>[] {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n')
    this.#rest = lines.pop() ?? ''
    if ([...lines, this.#rest].some(({ length }) => length > qmpLineMax)) {
      throw new RangeError(`a line is longer than ${qmpLineMax} characters`)
    }
    return lines.filter((line) => line.trim() !== '').map(objectOf)
  }
}

function objectOf(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new SyntaxError('it is no JSON object')
}
