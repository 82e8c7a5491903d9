import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

/** One address of this machine, with the interface it belongs to. */
export type MachineAddress = NetworkInterfaceInfo & { readonly interface: string }

/**
 * Every address of this machine, loopback ones too. None where the system does not tell: in a sandbox that forbids netlink
 * sockets (`RestrictAddressFamilies` of systemd without AF_NETLINK) Node's own call throws.
 */
export function machineAddresses(): readonly MachineAddress[] {
  try {
    return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
      (addresses ?? []).map((one) => ({ ...one, interface: name })),
    )
  } catch {
    return []
  }
}
