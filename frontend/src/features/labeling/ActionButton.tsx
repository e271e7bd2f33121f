import type { ReactNode } from "react";
import { Button } from "@/ui/Button";
import { useAction } from "./ActionsProvider";

interface Props {
  id: string;
  kind?: "primary" | "plain" | "quiet";
  className?: string | undefined;
  /** Instead of the words of the list. */
  children?: ReactNode;
}

/** An action of the list as a button; nothing where the screen cannot do it. */
export function ActionButton({ id, kind = "quiet", className, children }: Props) {
  const action = useAction(id);
  if (!action) return null;
  return (
    <Button
      kind={kind}
      hint={action.hint}
      className={className}
      disabled={!action.enabled}
      aria-pressed={action.pressed}
      onClick={action.run}
    >
      {children ?? action.words}
    </Button>
  );
}
