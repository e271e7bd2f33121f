import { Button, SegmentedControl } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { paths } from "@/config/paths";
import { PageHead } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import { Candidates } from "./Candidates";
import { ControlList } from "./ControlList";
import { ControlResults } from "./ControlResults";
import { RulesForm } from "./RulesForm";

const VIEWS = ["results", "gold", "candidates", "trap", "rules"] as const;
type View = (typeof VIEWS)[number];

interface Props {
  projectId: string;
  isAdmin: boolean;
}

/** How well people judge: gold, repeats and traps, and what came of them. */
export function ControlPage({ projectId, isAdmin }: Props) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const view: View = VIEWS.find((each) => each === search.get("view")) ?? "results";
  return (
    <>
      <PageHead
        title={t("control.title")}
        lead={t("control.lead")}
        actions={
          <Button component={Link} to={paths.manage(projectId, "control/new")}>
            {t("control.newGold")}
          </Button>
        }
      />
      <div style={{ overflowX: "auto" }}>
        <SegmentedControl
          aria-label={t("control.title")}
          data={VIEWS.map((value) => ({ value, label: t(`control.view.${value}`) }))}
          value={view}
          onChange={(value) => setSearch({ view: value }, { replace: true })}
        />
      </div>
      {view === "results" && <ControlResults projectId={projectId} />}
      {(view === "gold" || view === "trap") && <ControlList key={view} projectId={projectId} kind={view} />}
      {view === "candidates" && <Candidates projectId={projectId} />}
      {view === "rules" && <RulesForm projectId={projectId} isAdmin={isAdmin} />}
    </>
  );
}
