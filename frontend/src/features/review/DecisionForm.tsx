import { Button, Group, SegmentedControl, Select, Stack, Textarea } from "@mantine/core";
import { Failure } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { NumberField } from "@/ui/NumberField";
import { NOTE_REASONS, type Sheet } from "./api";
import type { NoteReason, Outcome } from "./decision";
import { nameOf } from "./JudgmentCard";
import { inWords, tiersFrom } from "./orders";
import styles from "./review.module.css";
import type { Deciding } from "./useDecision";

const OUTCOMES = ["accepted", "ordered", "another_opinion", "unclear_guideline"] as const;

interface Props {
  decision: Deciding;
  sheet: Sheet;
  letters: ReadonlyMap<string, string>;
}

/** What is decided, why, and what the labelers are told. */
export function DecisionForm({ decision, sheet, letters }: Props) {
  const { t } = useText();
  const { draft, change } = decision;
  return (
    <Stack>
      <SegmentedControl
        fullWidth
        orientation="vertical"
        aria-label={t("review.decision")}
        data={OUTCOMES.map((value) => ({ value, label: t(`review.outcome.${value}`) }))}
        value={draft.outcome}
        onChange={(value) => decision.outcome(value as Outcome)}
      />
      {draft.outcome === "ordered" && <OwnOrder decision={decision} sheet={sheet} letters={letters} />}
      <Textarea
        label={t("review.why")}
        description={t("review.whyHint")}
        autosize
        minRows={2}
        value={draft.reason}
        error={decision.fieldError("reason")}
        onChange={(event) => {
          const reason = event.currentTarget.value;
          change((now) => ({ ...now, reason }));
        }}
      />
      <Notes decision={decision} sheet={sheet} />
      <Failure error={decision.error} />
      <Group>
        <Button loading={decision.busy} onClick={() => void decision.send()}>
          {t("review.decide")}
        </Button>
      </Group>
      <p className={styles.small}>{t("review.keys")}</p>
    </Stack>
  );
}

export function OwnOrder({ decision, sheet, letters }: Props) {
  const { t } = useText();
  const { draft } = decision;
  return (
    <fieldset className={styles.own}>
      <legend>{t("review.own")}</legend>
      <p className={styles.order} aria-live="polite">
        {inWords(tiersFrom(draft.tiers), letters, draft.cut) || "–"}
      </p>
      <Group gap="xs">
        {sheet.completions.map(({ id }, index) => (
          <div key={id} className={styles.tier} data-chosen={decision.answer === index}>
            <NumberField
              label={letters.get(id)}
              aria-label={t("review.tierOf", { letter: letters.get(id) ?? "" })}
              min={1}
              max={9}
              whole
              value={draft.tiers.get(id)}
              onChange={(value) => decision.place(id, value)}
            />
          </div>
        ))}
        <Button size="xs" variant="default" onClick={decision.moveCut}>
          {t("review.moveCut")}
        </Button>
      </Group>
    </fieldset>
  );
}

function Notes({ decision, sheet }: Pick<Props, "decision" | "sheet">) {
  const { t } = useText();
  const { notes } = decision.draft;
  return sheet.judgments
    .filter(({ id }) => notes.has(id))
    .map((judgment) => {
      const note = notes.get(judgment.id)!;
      const number = [...notes.keys()].indexOf(judgment.id);
      const words = t(note.reason === "other" ? "review.messageNeeded" : "review.message");
      const set = (changed: Partial<typeof note>) =>
        decision.change((now) => ({
          ...now,
          notes: new Map(now.notes).set(judgment.id, { ...note, ...changed }),
        }));
      const leave = () =>
        decision.change((now) => {
          const left = new Map(now.notes);
          left.delete(judgment.id);
          return { ...now, notes: left };
        });
      return (
        <fieldset key={judgment.id} className={styles.own}>
          <legend>{t("review.tellWhom", { name: nameOf(judgment, t) })}</legend>
          <Select
            aria-label={t("review.noteReasonLabel")}
            data={NOTE_REASONS.map((value) => ({ value, label: t(`review.noteReason.${value}`) }))}
            value={note.reason}
            allowDeselect={false}
            onChange={(value) => set({ reason: (value ?? "other") as NoteReason })}
          />
          <Textarea
            aria-label={words}
            placeholder={words}
            autosize
            minRows={2}
            value={note.message}
            error={decision.fieldError(`notes[${number}].message`)}
            onChange={(event) => set({ message: event.currentTarget.value })}
          />
          <Button size="xs" variant="subtle" onClick={leave}>
            {t("review.doNotTell")}
          </Button>
        </fieldset>
      );
    });
}
