/** Where operators reach the node of this name; undefined where its name is a CUK, which does not say. */
export function namedAddress(name: string): { readonly host: string; readonly ctlPort: number } | undefined {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(name)
  const host = parts?.[1] ?? parts?.[2]
  return host === undefined ? undefined : { host, ctlPort: Number(parts?.[3]) }
}
