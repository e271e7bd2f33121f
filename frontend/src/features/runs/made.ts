/** What a run was made with, read from what its trainer told, whatever of it is there. Pure. */

type Unknown = Readonly<Record<string, unknown>>;

function part(holder: Unknown, name: string): Unknown {
  const found = holder[name];
  return typeof found === "object" && found !== null ? (found as Unknown) : {};
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value.slice(0, 120) : undefined;
}

export function versionsOf(provenance: Unknown): Record<string, string> {
  const told = Object.entries(part(provenance, "versions"));
  return Object.fromEntries(told.map(([name, value]) => [name, String(value).slice(0, 60)]));
}

/** The workers that took part in its latest try; empty for a run of one host. */
export function hostsOf(provenance: Unknown): string[] {
  const told = provenance.hosts;
  return Array.isArray(told) ? told.map((name) => String(name).slice(0, 120)) : [];
}

export interface Machine {
  gpu: string | undefined;
  machine: string | undefined;
  cores: number | undefined;
  memory: number | undefined;
  needed: number | undefined;
  peak: number | undefined;
}

export function machineOf(provenance: Unknown): Machine {
  const hardware = part(provenance, "hardware");
  const peak = part(provenance, "peak_bytes");
  return {
    gpu: text(hardware.gpu),
    machine: text(hardware.machine),
    cores: number(hardware.cores),
    memory: number(hardware.gpu_bytes) ?? number(hardware.memory_bytes),
    needed: number(part(provenance, "memory").total_bytes),
    peak: number(peak.gpu) ?? number(peak.host),
  };
}
