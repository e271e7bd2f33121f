import { useMe } from "@/features/auth/session";
import { forget, load, save } from "@/lib/storage";

export interface Begun<T> {
  read: () => Partial<T> | undefined;
  keep: (value: T) => void;
  forget: () => void;
}

/** A form that somebody has begun, kept in this tab until it is sent: reloads and other pages lose nothing of it. */
export function useBegun<T extends object>(form: string): Begun<T> {
  const key = `tiebreak.begun.${useMe().id}.${form}`;
  return {
    read: () => {
      const found = load(key, "sessionStorage");
      return typeof found === "object" && found !== null ? found : undefined;
    },
    keep: (value) => void save(key, withoutEndless(value), "sessionStorage"),
    forget: () => forget(key, "sessionStorage"),
  };
}

/** Without numbers that JSON would turn into null, which may mean something: such a field begins anew. */
function withoutEndless<T>(value: T): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) => (typeof each === "number" && !Number.isFinite(each) ? undefined : each)),
  );
}
