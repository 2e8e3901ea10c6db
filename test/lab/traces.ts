import { existsSync } from 'node:fs'
import type { LabVm } from './vm.ts'

/** What makes and removes users writes these anew, with what was in them. */
const accountNames = ['passwd', 'group', 'shadow', 'gshadow', 'subuid', 'subgid']
const accountFiles = accountNames.map((name) => `/etc/${name}`)
const rewrittenAccounts = new RegExp(`^etc/(${accountNames.join('|')}|\\.pwd\\.lock)-? `)

/** Logs, caches, and what a run makes for itself; libvirt keeps folders for domains that ran. */
const passing = /^(tmp|root|run|var\/(log|tmp|cache|lib\/libvirt))(\/|$)/

/** What an installation could leave behind in a machine of the lab, read at one moment. */
export interface Traces {
  /** Every file, link and whiteout that the machine has over the host's, but logs and what is run-time or cached. */
  readonly files: readonly string[]
  /** Folders that the machine has and the host does not. */
  readonly folders: readonly string[]
  /** The contents of passwd, group and their like. */
  readonly accounts: string
  readonly ownerOfUinput: string
}

export async function readTraces(vm: LabVm): Promise<Traces> {
  const [files, folders] = await Promise.all(
    ["\\( -type f -o -type l -o -type c \\) -printf '%P %y %l\\n'", "-type d -printf '%P\\n'"].map(
      async (what) =>
        (await vm.check(`cd /run/lab/written && find . ${what}`)).trimEnd().split('\n'),
    ),
  )
  return {
    files: (files ?? [])
      .filter((line) => !passing.test(line))
      .filter((line) => !line.includes('.cache/'))
      .sort(),
    folders: (folders ?? []).filter((folder) => !passing.test(folder) && !existsSync(`/${folder}`)),
    accounts: await vm.check(`cat ${accountFiles.join(' ')} 2>/dev/null; true`),
    ownerOfUinput: (await vm.check(['stat', '-c', '%U', '/dev/uinput'])).trim(),
  }
}

/** What is in `now` and was not in `before`, in words for a failure; none when everything is as it was. */
export function tracesLeft(before: Traces, now: Traces): string[] {
  const left = now.files.filter((line) => !before.files.includes(line))
  return [
    ...left.filter((line) => !rewrittenAccounts.test(line)),
    ...before.files.filter((line) => !now.files.includes(line)).map((line) => `gone: ${line}`),
    ...now.folders.filter((folder) => !before.folders.includes(folder)),
    ...(now.accounts === before.accounts ? [] : [`accounts: ${now.accounts}`]),
    ...(now.ownerOfUinput === before.ownerOfUinput ? [] : [`/dev/uinput: ${now.ownerOfUinput}`]),
  ]
}
