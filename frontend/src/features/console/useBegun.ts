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
    keep: (value) => void save(key, value, "sessionStorage"),
    forget: () => forget(key, "sessionStorage"),
  };
}
