import type { System } from './system.ts'

export interface Group {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

/** Users and groups of the machine's own files. */
export interface Accounts {
  readonly users: ReadonlyMap<string, { readonly uid: number; readonly gid: number }>
  readonly groups: ReadonlyMap<string, Group>
  groupOf(gid: number): string
  userOf(uid: number): string
  /** Whether a user is in a group, by its primary group or as a member. */
  isMember(user: string, group: string): boolean
}

/** Reads /etc/passwd and /etc/group; accounts that only a directory service knows are not there. */
export function readAccounts(system: System): Accounts {
  const rows = (path: string) =>
    (system.read(path) ?? '')
      .split('\n')
      .map((line) => line.split(':'))
      .filter((fields) => fields.length > 3)
  const users = new Map(
    rows('/etc/passwd').map(([name = '', , uid, gid]) => [
      name,
      { uid: Number(uid), gid: Number(gid) },
    ]),
  )
  const groups = new Map(
    rows('/etc/group').map(([name = '', , gid, members = '']): [string, Group] => [
      name,
      { name, gid: Number(gid), members: members.split(',').filter(Boolean) },
    ]),
  )
  const nameOf = (number: number, all: Iterable<[string, number]>) =>
    [...all].find(([, each]) => each === number)?.[0] ?? String(number)
  return {
    users,
    groups,
    groupOf: (gid) =>
      nameOf(
        gid,
        [...groups].map(([name, group]) => [name, group.gid]),
      ),
    userOf: (uid) =>
      nameOf(
        uid,
        [...users].map(([name, user]) => [name, user.uid]),
      ),
    isMember: (user, group) => {
      const found = groups.get(group)
      if (found === undefined) return false
      return found.members.includes(user) || users.get(user)?.gid === found.gid
    },
  }
}
