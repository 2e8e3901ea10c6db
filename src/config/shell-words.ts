export interface ShellWord {
  readonly text: string
  /** Something in it is known only when a shell runs it: a variable without a value here, a substitution, a pattern. */
  readonly isOpen: boolean
}

/**
 * The commands of a shell script (or of the lines of a systemd unit) as words, as far as it can be told without
 * running it: quotes, backslashes, comments, and variables that the script itself sets to a plain word. One
 * pass, linear in the text. Never throws.
 */
export function shellCommands(text: string): ShellWord[][] {
  const reader = new ShellReader(text)
  return reader.read()
}

const endsCommand = new Set(['\n', ';', '|', '&', '<', '>', '(', ')', '{', '}'])

class ShellReader {
  readonly #text: string
  readonly #values = new Map<string, string>()
  readonly #commands: ShellWord[][] = []
  #at = 0
  #words: ShellWord[] = []
  #word = ''
  #isOpen = false
  /** A word has begun, though it may be empty: ''. */
  #hasWord = false

  constructor(text: string) {
    this.#text = text.replaceAll('\r\n', '\n')
  }

  read(): ShellWord[][] {
    while (this.#at < this.#text.length) this.#step(this.#text[this.#at] ?? '')
    this.#endCommand()
    return this.#commands
  }

  #step(character: string): void {
    const next = this.#text[this.#at + 1]
    if (character === '\\') {
      this.#at += 2
      if (next !== '\n' && next !== undefined) this.#add(next)
    } else if (character === "'") {
      this.#add(this.#textTo("'"))
    } else if (character === '"') {
      this.#doubleQuoted()
    } else if (character === '`') {
      this.#isOpen = !this.#textTo('`').trimStart().startsWith('#') || this.#isOpen
    } else if (character === '#' && !this.#hasWord) {
      const end = this.#text.indexOf('\n', this.#at)
      this.#at = end < 0 ? this.#text.length : end
    } else if (character === '$') {
      this.#variable()
    } else if (character === ' ' || character === '\t') {
      this.#at++
      this.#endWord()
    } else if (endsCommand.has(character)) {
      this.#at++
      this.#endCommand()
    } else {
      this.#at++
      this.#isOpen ||= character === '*' || character === '?'
      this.#add(character)
    }
  }

  #add(text: string): void {
    this.#word += text
    this.#hasWord = true
  }

  /** What stands up to the closing quote, which is passed. */
  #textTo(quote: string): string {
    const end = this.#text.indexOf(quote, this.#at + 1)
    const text = this.#text.slice(this.#at + 1, end < 0 ? this.#text.length : end)
    this.#at = end < 0 ? this.#text.length : end + 1
    return text
  }

  #doubleQuoted(): void {
    this.#at++
    this.#hasWord = true
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? ''
      if (character === '"') {
        this.#at++
        return
      }
      if (character === '\\') {
        const next = this.#text[this.#at + 1] ?? ''
        this.#at += 2
        if (next !== '\n') this.#add('"\\$`'.includes(next) ? next : `\\${next}`)
      } else if (character === '$') {
        this.#variable()
      } else {
        this.#at++
        this.#add(character)
      }
    }
  }

  #variable(): void {
    const start = this.#at
    const pattern = /\$(?:\{(\w{1,64})\}|(\w{1,64}))?/y
    pattern.lastIndex = start
    const match = pattern.exec(this.#text)
    const name = match?.[1] ?? match?.[2]
    const value = name === undefined ? undefined : this.#values.get(name)
    this.#at += match?.[0].length ?? 1
    if (name === undefined) this.#passBrackets()
    const spelling = this.#text.slice(start, Math.min(this.#at, start + 64))
    this.#isOpen ||= value === undefined
    this.#add(value ?? spelling)
  }

  /** `$(command)` and `${NAME:-else}`, to the bracket that closes them. */
  #passBrackets(): void {
    const open = this.#text[this.#at] ?? ''
    const close = new Map([
      ['(', ')'],
      ['{', '}'],
    ]).get(open)
    if (close === undefined) return
    let depth = 0
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]
      if (character === open) depth++
      if (character === close && --depth === 0) {
        this.#at++
        return
      }
    }
  }

  #endWord(): void {
    if (this.#hasWord) {
      const word = { text: this.#word, isOpen: this.#isOpen }
      const [, name, value] = /^(\w{1,64})=(.*)$/s.exec(word.text) ?? []
      if (this.#words.length === 0 && name !== undefined && value !== undefined) {
        if (!word.isOpen && value.length <= 512) this.#values.set(name, value)
        else this.#values.delete(name)
      }
      this.#words.push(word)
    }
    this.#word = ''
    this.#hasWord = false
    this.#isOpen = false
  }

  #endCommand(): void {
    this.#endWord()
    if (this.#words.length > 0) this.#commands.push(this.#words)
    this.#words = []
  }
}
