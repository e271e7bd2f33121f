/** Small pieces that every console page is made of. */

import { Button, Group, Loader, Modal, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Problem, Unreachable } from "@/lib/http";
import { useText, type Text as Translate } from "@/lib/i18n";
import { problemWords } from "@/lib/problems";
import { isSaidByFields, saidByNoField } from "./refusals";
import styles from "./parts.module.css";

interface PageHeadProps {
  title: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
}

export function PageHead({ title, lead, actions }: PageHeadProps) {
  return (
    <header className={styles.head}>
      <div>
        <h1>{title}</h1>
        {lead && <p className="muted">{lead}</p>}
      </div>
      {actions && <Group gap="xs">{actions}</Group>}
    </header>
  );
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.section}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** What went wrong, as far as no field says it; where fields say it all, the person is taken to the first of them. */
export function Failure({ error }: { error: unknown }) {
  const { t } = useText();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isSaidByFields(error)) return;
    place.current?.closest("form, [role='dialog']")?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  if (!error) return null;
  const words =
    error instanceof Unreachable
      ? [t("common.unreachable")]
      : error instanceof Problem
        ? problemLines(t, error)
        : [t("common.failed")];
  return (
    <div ref={place} className={styles.failure} role="alert">
      {words.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

function problemLines(t: Translate, error: Problem): string[] {
  if (error.errors.length === 0) return [problemWords(t, error)];
  return isSaidByFields(error) ? [t("console.marked")] : saidByNoField(error);
}

/** The loading, failed and empty states of something read from the server. */
interface AwaitedProps<T> {
  query: { data: T | undefined; error: unknown; isPending: boolean };
  children: (data: T) => ReactNode;
}

export function Awaited<T>({ query, children }: AwaitedProps<T>) {
  const { t } = useText();
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) return <Loader size="sm" role="status" aria-label={t("common.loading")} />;
  return <Failure error={query.error} />;
}

export function Nothing({ children }: { children: ReactNode }) {
  return <p className={styles.nothing}>{children}</p>;
}

/** A wide table scrolls inside its own frame, never the page. */
export function TableFrame({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles.table} role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

type Tone = "good" | "busy" | "bad" | "calm";

export function Tag({ tone = "calm", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={styles.tag} data-tone={tone}>
      {children}
    </span>
  );
}

export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  const told = rows.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "");
  return (
    <dl className={styles.facts}>
      {told.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface ConfirmProps {
  label: string;
  question: string;
  /** The way out, where "Cancel" would read as what is asked about. */
  keep?: string;
  onConfirm: () => Promise<unknown>;
  danger?: boolean;
  disabled?: boolean;
}

/** A button that asks before it acts. */
export function ConfirmButton({ label, question, keep, onConfirm, danger, disabled }: ConfirmProps) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const act = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      setOpen(false);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <>
      <Button size="xs" variant="default" disabled={disabled ?? false} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={label}
        centered
        overlayProps={{ backgroundOpacity: 0.35 }}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <Stack>
          <Text>{question}</Text>
          <Failure error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setOpen(false)}>
              {keep ?? t("common.cancel")}
            </Button>
            <Button color={danger ? "red" : undefined} loading={busy} onClick={() => void act()}>
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

interface MoreProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

export function More({ query }: MoreProps) {
  const { t } = useText();
  if (!query.hasNextPage) return null;
  return (
    <Group>
      <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
        {t("common.more")}
      </Button>
    </Group>
  );
}
