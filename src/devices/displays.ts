import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readText } from './files.ts'

export interface DisplaySize {
  readonly width: number
  readonly height: number
}

/**
 * The size of all connected displays, as if they stood side by side; undefined where there is none, or none that
 * tells. A display's first mode is the one that it prefers (Linux, drivers/gpu/drm/drm_sysfs.c, modes).
 * @param root stands before /sys
 */
export function displaysSize(root = '/'): DisplaySize | undefined {
  const sizes = connectors(join(root, 'sys/class/drm')).flatMap((path) => sizeOf(path) ?? [])
  if (sizes.length === 0) return undefined
  return {
    width: sizes.reduce((sum, { width }) => sum + width, 0),
    height: Math.max(...sizes.map(({ height }) => height)),
  }
}

/** 'card0-HDMI-A-1' and others. */
function connectors(path: string): string[] {
  try {
    const names = readdirSync(path).filter((name) => /^card\d+-/.test(name))
    return names.map((name) => join(path, name))
  } catch {
    return []
  }
}

function sizeOf(connector: string): DisplaySize | undefined {
  if (readText(join(connector, 'status')) !== 'connected') return undefined
  // One that was switched off shows nothing; one that the desktop has not taken yet says nothing of it.
  if (readText(join(connector, 'enabled')) === 'disabled') return undefined
  const first = readText(join(connector, 'modes'))?.split('\n')[0] ?? ''
  const [, width = 0, height = 0] = /^(\d{1,5})x(\d{1,5})/.exec(first)?.map(Number) ?? []
  return width > 0 && height > 0 ? { width, height } : undefined
}
