import { readFileSync } from 'node:fs'

/** Of this program: from package.json, which stands one directory above in the sources and in dist alike. */
export function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
