/** A link's path as identities are written: 'by-id/usb-...'; any other name stays as it is. */
export function stableDevice(path: string): string {
  return /^\/dev\/input\/(by-(?:id|path)\/[^/]+)$/.exec(path)?.[1] ?? path
}
