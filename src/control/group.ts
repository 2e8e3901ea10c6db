import { readFileSync } from 'node:fs'

/** Members may look and switch; they hold no device. */
export const usualGroup = 'evswitch'

/** The number of a group of this machine; undefined when there is none of that name. group(5). */
export function groupId(name: string, file = '/etc/group'): number | undefined {
  const lines = readGroups(file).split('\n')
  const fields = lines.map((line) => line.split(':')).find(([own]) => own === name)
  const id = /^\d+$/.test(fields?.[2] ?? '') ? Number(fields?.[2]) : undefined
  return id
}

function readGroups(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
