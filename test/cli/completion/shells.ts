import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capture } from '../capture.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

/** Why a shell cannot be asked; undefined where it can. */
export function whyNot(shell: Shell): string | undefined {
  return spawnSync(shell, ['-c', 'exit 0']).error === undefined
    ? undefined
    : `${shell} is not installed`
}

/** A shell that has loaded what `evswitch completion` prints for it, and completes what stands before the cursor. */
export class CompletingShell {
  readonly #folder = mkdtempSync(join(tmpdir(), 'evswitch-completion-'))
  readonly #shell: Shell
  readonly #script = join(this.#folder, '_evswitch')

  private constructor(shell: Shell) {
    this.#shell = shell
  }

  static async start(shell: Shell): Promise<CompletingShell> {
    const started = new CompletingShell(shell)
    const { code, out, err } = await capture(['completion', shell])
    if (code !== 0) throw new Error(err)
    writeFileSync(started.#script, out)
    return started
  }

  close(): void {
    rmSync(this.#folder, { recursive: true })
  }

  /** The folder in which files are completed. */
  get folder(): string {
    return this.#folder
  }

  /** What the shell offers for a command line, sorted, without descriptions. */
  complete(line: string): string[] {
    const { stdout, stderr, status } = spawnSync(this.#shell, this.#arguments(line), {
      cwd: this.#folder,
      encoding: 'utf8',
      env: { ...process.env, LINE: line, SCRIPT: this.#script, HOME: this.#folder, TERM: 'dumb' },
    })
    if (status !== 0 || stderr !== '') throw new Error(`${this.#shell}: ${stderr}${stdout}`)
    const words = stdout.split(/\r?\n/).map((word) => word.split('\t')[0]?.trim() ?? '')
    return [...new Set(words.filter((word) => word !== ''))].sort()
  }

  #arguments(line: string): string[] {
    switch (this.#shell) {
      case 'bash':
        return ['--norc', '--noprofile', '-c', bashProgram]
      case 'fish':
        return ['--no-config', '-c', `source $SCRIPT; complete -C $LINE`]
      case 'zsh':
        return ['-f', '-c', zshProgram, line]
    }
  }
}

/** What readline does at Tab. */
const bashProgram = `
source "$SCRIPT"
COMP_LINE=$LINE COMP_POINT=\${#LINE}
_evswitch
printf '%s\\n' "\${COMPREPLY[@]}"
`

/**
 * Completion runs in zsh's line editor only: in a pseudo-terminal an interactive zsh is given the line and a Tab, and
 * what it would offer is taken from compadd. What is waited for stands in no line that is typed: the terminal shows those, too,
 * and where zsh is late it shows them twice.
 */
const zshProgram = `
zmodload zsh/zpty
zpty work zsh -f -i
zpty -w work 'PROMPT= ; stty -echo; fpath=('$HOME' $fpath); autoload -Uz compinit; compinit -u -d '$HOME'/dump'
zpty -w work 'compadd () {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return $?; fi
  typeset -a __hits; builtin compadd -A __hits "$@"
  local prefix; zparseopts -E P:=prefix
  (( $#__hits )) && print -l -- "h""it:"$^__hits
}'
zpty -w work 'complete-word-and-tell () { zle complete-word; print -- "the"" end"; exit }; zle -C tell complete-word _main_complete; tell-and-end () { zle tell; print "the"" end" }; zle -N tell-and-end; bindkey "^I" tell-and-end; print "rea""dy"'
zpty -r work reply '*ready*'
zpty -w -n work "$LINE"$'\\t'
zpty -r work reply '*the end*'
zpty -d work
print -r -- $reply | tr -d '\\r' | grep -o 'hit:.*' | cut -c5-
exit 0
`
