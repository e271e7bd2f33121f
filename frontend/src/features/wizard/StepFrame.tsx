import { Button, Group, Stack } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { Failure } from "@/features/console/parts";
import type { Project } from "@/features/projects/queries";
import { useText } from "@/lib/i18n";
import type { Purpose } from "./plan";

export interface StepProps {
  project: Project;
  purpose: Purpose;
  onNext: () => void;
  onBack: (() => void) | undefined;
}

interface FrameProps {
  title: string;
  lead: string;
  busy?: boolean;
  error?: unknown;
  /** The words on the button that keeps the step and goes on. */
  next?: string;
  onSave: () => void;
  onSkip?: (() => void) | undefined;
  onBack?: (() => void) | undefined;
  /** What has a form of its own, above the step's buttons. */
  beside?: ReactNode;
  children: ReactNode;
}

/** One step: what it asks, and back, skip, go on. */
export function StepFrame(props: FrameProps) {
  const { t } = useText();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onSave();
  };
  return (
    <Stack gap="lg">
      <header>
        <h1>{props.title}</h1>
        <p className="muted">{props.lead}</p>
      </header>
      {props.beside}
      <Stack component="form" gap="lg" onSubmit={submit}>
        {props.children}
        <Failure error={props.error} />
        <Group justify="space-between">
          <Group>
            {props.onBack && (
              <Button variant="default" onClick={props.onBack}>
                {t("projects.wizard.back")}
              </Button>
            )}
          </Group>
          <Group>
            {props.onSkip && (
              <Button variant="subtle" onClick={props.onSkip}>
                {t("projects.wizard.skip")}
              </Button>
            )}
            <Button type="submit" loading={props.busy ?? false}>
              {props.next ?? t("projects.wizard.next")}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Stack>
  );
}
