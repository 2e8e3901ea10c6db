// Numbers of the machine, which is little-endian on every platform that Node 20 runs on but one (s390x).
export const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
