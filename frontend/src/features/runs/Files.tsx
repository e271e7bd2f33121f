import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Facts, Section } from "@/features/console/parts";
import { isActive, type Run } from "@/features/train/api";
import { formatBytes } from "@/lib/format";
import { useText, type TextKey } from "@/lib/i18n";
import { fileAddress, readFiles } from "./api";

const MEANING: Readonly<Record<string, TextKey>> = {
  "completions.jsonl": "runs.files.completions",
  "left_out.jsonl": "runs.files.leftOut",
  "report.html": "runs.files.report",
};

/** What the trainer wrote for people, to download: models wrote what is in it, so it is not shown here. */
export function Files({ run }: { run: Run }) {
  const { t, language } = useText();
  const active = isActive(run);
  const files = useQuery({
    queryKey: ["run-files", run.id],
    queryFn: () => readFiles(run.id),
    enabled: !active,
  });
  const found = files.data?.results ?? [];
  if (active || found.length === 0) return null;
  return (
    <Section title={t("runs.files.title")}>
      <Facts
        rows={found.map((file) => [
          MEANING[file.name] ? t(MEANING[file.name] as TextKey) : file.name,
          <>
            <Anchor href={fileAddress(run.id, file.name)} download>
              {file.name}
            </Anchor>{" "}
            {formatBytes(file.bytes, language)}
          </>,
        ])}
      />
    </Section>
  );
}
