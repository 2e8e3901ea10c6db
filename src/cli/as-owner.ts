import { statSync } from 'node:fs'
import { EvswitchError, errnoName } from '../errors.ts'

/**
 * Works in a folder that belongs to another user, when we are root, as that user: what is written is his, and nothing that he put
 * there leads root elsewhere. A folder that does not exist is nobody's.
 */
export function asOwner<T>(folder: string, work: () => T): T {
  const owner = process.geteuid?.() === 0 ? ownerOf(folder) : undefined
  if (owner === undefined || owner.uid === 0) return work()
  process.setegid?.(owner.gid)
  process.seteuid?.(owner.uid)
  try {
    return work()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
  }
}

function ownerOf(folder: string): { readonly uid: number; readonly gid: number } | undefined {
  try {
    return statSync(folder)
  } catch (error) {
    if (errnoName(error) === 'ENOENT') return undefined
    throw new EvswitchError('no-permission', `cannot use ${folder}: ${errnoName(error)}`)
  }
}
