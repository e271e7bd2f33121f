import { Button, Group, Select, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { Awaited, Failure, PageHead, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { useBegun } from "@/features/console/useBegun";
import { newUuid } from "@/lib/ids";
import { useText } from "@/lib/i18n";
import { EstimateBox, useEstimate } from "@/features/runs/EstimateBox";
import { useRunPlaces } from "@/features/runs/api";
import { NameFields, type Words } from "@/features/runs/Naming";
import { WhereItRuns, type Place } from "@/features/runs/WhereItRuns";
import { Notice } from "@/ui/Notice";
import { NumberField } from "@/ui/NumberField";
import { isActive, readRuns, startRun, useRun, useRunKinds, type StartableKind } from "./api";
import { startFrom, startNamed, type Inputs, type Items, type Start } from "./cloning";
import { isAsSent, isMended, useFirstWrong } from "./firstWrong";
import { InputSelect } from "./InputSelect";
import { PlanForm } from "./PlanForm";
import {
  BASELINE,
  brokenRules,
  hasFaults,
  IMPORTANT,
  INPUTS,
  learnsFromScores,
  useRuleInWords,
  type ConfigSchema,
} from "./settings";
import { SettingsForm, type Config } from "./SettingsForm";
import styles from "./train.module.css";

const KINDS = Object.keys(INPUTS) as StartableKind[];

/** Choose what to run, on what, with which settings. */
export function NewRunPage({ projectId }: { projectId: string }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const kind = KINDS.find((each) => each === search.get("kind")) ?? null;
  const from = search.get("from");
  const address = search.toString(); // what was begun belongs to it
  return (
    <>
      <PageHead title={t("train.form.title")} lead={t("train.form.lead")} />
      <div className={styles.kinds} role="group" aria-label={t("train.runs.kind")}>
        {KINDS.map((each) => (
          <button
            key={each}
            type="button"
            className={styles.kind}
            aria-pressed={kind === each}
            onClick={() => setSearch({ kind: each }, { replace: true })}
          >
            <b>{t(`train.kind.${each}.name`)}</b>
            <span>{t(`train.kind.${each}.what`)}</span>
          </button>
        ))}
      </div>
      {kind && from && <ClonedForm key={address} projectId={projectId} kind={kind} from={from} />}
      {kind && !from && <RunForm key={address} projectId={projectId} kind={kind} start={startNamed(kind, search)} />}
    </>
  );
}

interface FormProps {
  projectId: string;
  kind: StartableKind;
  /** What the form begins with. */
  start: Start;
}

/** A form that begins as an earlier run: its name, inputs, the settings that are not at their defaults, and its place. */
function ClonedForm({ projectId, kind, from }: { projectId: string; kind: StartableKind; from: string }) {
  const { t } = useText();
  const run = useRun(from);
  const kinds = useRunKinds();
  const places = useRunPlaces(projectId);
  const schema = (kinds.data as unknown as Record<string, ConfigSchema> | undefined)?.[kind];
  return (
    <Awaited query={run}>
      {(found) => {
        if (!schema || places.isPending) return null;
        const start = startFrom(found, kind, schema, places.data);
        return (
          <div className={styles.form}>
            <p>{t("runs.clonedFrom", { number: found.number })}</p>
            {found.launch && !start.place?.launch && (
              <Notice tone="warn">{t("hosts.form.gone", { name: found.launch.name })}</Notice>
            )}
            <RunForm projectId={projectId} kind={kind} start={start} />
          </div>
        );
      }}
    </Awaited>
  );
}

/** What somebody has filled in so far. */
interface Draft {
  words: Words;
  inputs: Inputs;
  config: Config;
  waitsFor: string | null;
  items: Items;
  place: Place;
}

function draftOf(first: Start): Draft {
  const { name = "", inputs = {}, config = {}, items = { make: true }, place = {} } = first;
  return { words: { name, note: "" }, inputs, config, waitsFor: null, items, place };
}

/** What was begun at this address is there again until it is sent. */
function RunForm({ projectId, kind, start: first }: FormProps) {
  const { t } = useText();
  const navigate = useNavigate();
  const kinds = useRunKinds();
  const schema = (kinds.data as unknown as Record<string, ConfigSchema> | undefined)?.[kind];
  const [key, setKey] = useState(newUuid);
  const begun = useBegun<Draft>(`run.${projectId}${useLocation().search}`);
  const [draft, setDraft] = useState<Draft>(() => ({ ...draftOf(first), ...begun.read() }));
  const [goesOn, setGoesOn] = useState(() => begun.read() !== undefined);
  const { words, inputs, config, waitsFor, items, place } = draft;
  const change = (more: Partial<Draft>) => {
    const next = { ...draft, ...more };
    setDraft(next);
    begun.keep(next);
    setKey(newUuid()); // a changed form is another wish; the same one may be sent twice
  };
  const startAfresh = () => {
    begun.forget();
    setDraft(draftOf(first));
    setGoesOn(false);
  };
  const [planning, setPlanning] = useState(false);
  const { act, busy, error, fieldError } = useAct([["runs", projectId]]);
  const body = {
    kind,
    ...words,
    config,
    ...inputs,
    ...place,
    waits_for: waitsFor,
    ...(kind === "sample" && items.make ? { make_items: { k: items.k, needed: items.needed } } : {}),
  };
  const [sent, setSent] = useState(body);
  const refusalOf = (field: string) => (isAsSent(field, sent, body) ? fieldError(field) : undefined);

  const inWords = useRuleInWords();
  const broken = schema ? brokenRules(schema, config) : [];
  const isWrong = broken.length > 0 || (schema !== undefined && hasFaults(schema, config));
  const { form, goToFirstWrong } = useFirstWrong();
  const errorOf = (field: string) => {
    const rule = broken.find(({ setting }) => field === `config.${setting}`);
    return rule ? inWords(rule) : refusalOf(field);
  };

  const canEstimate = kind !== "export" && schema !== undefined && !isWrong;
  const { launch, needs } = place;
  const estimate = useEstimate(projectId, { kind, config, ...inputs, launch, needs }, canEstimate);
  const impossible = estimate?.verdict === "impossible";

  const start = async () => {
    if (isWrong) return goToFirstWrong(); // each is shown beside its setting
    if (impossible) return;
    setSent(body);
    const run = await act(() => startRun(projectId, body, key));
    if (run) {
      begun.forget();
      await navigate(paths.run(projectId, run.id));
    } else goToFirstWrong();
  };

  return (
    <form
      ref={form}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      {goesOn && (
        <Notice
          tone="calm"
          actions={
            <Button size="xs" variant="default" onClick={startAfresh}>
              {t("train.form.afresh")}
            </Button>
          }
        >
          {t("train.form.goesOn")}
        </Notice>
      )}
      <NameFields value={words} onChange={(next) => change({ words: next })} errorOf={refusalOf} />
      <Section title={t("train.form.inputs")}>
        <div className={styles.grid}>
          {INPUTS[kind].map((input) => (
            <InputSelect
              key={input}
              projectId={projectId}
              kind={kind}
              input={input}
              value={inputs[input] ?? null}
              waiting={waitsFor !== null}
              error={refusalOf(input)}
              onChange={(value) => change({ inputs: { ...inputs, [input]: value ?? undefined } })}
            />
          ))}
          {kind === "evaluate" && (
            <InputSelect
              projectId={projectId}
              kind={kind}
              input="baseline"
              value={typeof config[BASELINE] === "string" ? config[BASELINE] : null}
              error={errorOf(`config.${BASELINE}`)}
              onChange={(value) => change({ config: { ...config, [BASELINE]: value ?? undefined } })}
            />
          )}
          <WaitsFor
            projectId={projectId}
            value={waitsFor}
            onChange={(run) => change({ waitsFor: run })}
            error={refusalOf("waits_for")}
          />
        </div>
        {INPUTS[kind].includes("plan") && (
          <Group>
            <Button size="xs" variant="default" onClick={() => setPlanning(true)}>
              {t("train.plan.new")}
            </Button>
          </Group>
        )}
        {planning && (
          <PlanForm
            projectId={projectId}
            onClose={() => setPlanning(false)}
            onCreated={(plan) => change({ inputs: { ...inputs, plan: plan.id } })}
          />
        )}
      </Section>
      {kind === "sample" && (
        <Section title={t("train.form.items")}>
          <Switch
            label={t("train.form.makeItems")}
            description={t("train.form.makeItemsHint")}
            checked={items.make}
            onChange={(event) => change({ items: { ...items, make: event.currentTarget.checked } })}
          />
          {items.make && (
            <div className={styles.grid}>
              <NumberField
                label={t("train.form.k")}
                description="2–9"
                min={2}
                max={9}
                placeholder={t("train.form.asProject")}
                error={refusalOf("make_items.k")}
                whole
                value={items.k}
                onChange={(k) => change({ items: { ...items, k: k ?? undefined } })}
              />
              <NumberField
                label={t("train.form.needed")}
                description="1–50"
                min={1}
                max={50}
                placeholder={t("train.form.asProject")}
                error={refusalOf("make_items.needed")}
                whole
                value={items.needed}
                onChange={(needed) => change({ items: { ...items, needed: needed ?? undefined } })}
              />
            </div>
          )}
        </Section>
      )}
      <Awaited query={kinds}>
        {() =>
          schema && (
            <Section title={t("train.form.settings")}>
              <SettingsForm
                schema={schema}
                important={IMPORTANT[kind]}
                config={config}
                onChange={(next) => change({ config: next })}
                errorOf={errorOf}
              />
            </Section>
          )
        }
      </Awaited>
      <WhereItRuns projectId={projectId} kind={kind} value={place} onChange={(next) => change({ place: next })} errorOf={refusalOf} />
      {learnsFromScores(kind) && <p className="muted">{t("train.form.scoresNote")}</p>}
      {kind === "dpo" && <p className="muted">{t("train.form.dpoNote")}</p>}
      {canEstimate && <EstimateBox found={estimate} />}
      {isWrong && (
        <p className="muted" role="status">
          {t("train.form.wrong")}
        </p>
      )}
      {!isMended(error, sent, body) && <Failure error={error} />}
      <Group>
        <Button type="submit" loading={busy} disabled={impossible}>
          {t("train.form.start")}
        </Button>
      </Group>
    </form>
  );
}

interface WaitsForProps {
  projectId: string;
  value: string | null;
  onChange: (run: string | null) => void;
  error: string | undefined;
}

/** A run may wait for another and take over its result. */
function WaitsFor({ projectId, value, onChange, error }: WaitsForProps) {
  const { t } = useText();
  const runs = useQuery({
    queryKey: ["runs", projectId, "latest"],
    queryFn: () => readRuns(projectId, {}),
    select: (page) => page.results.filter((run) => isActive(run) || run.status === "succeeded"),
  });
  return (
    <Select
      label={t("train.input.waits_for")}
      description={t("train.form.waitsForHint")}
      data={(runs.data ?? []).map((run) => ({
        value: run.id,
        label: [run.number, t(`train.kind.${run.kind}.name`), run.name, t(`train.status.${run.status}`)]
          .filter(Boolean)
          .join(" · "),
      }))}
      value={value}
      onChange={onChange}
      error={error}
      clearable
      searchable
    />
  );
}
