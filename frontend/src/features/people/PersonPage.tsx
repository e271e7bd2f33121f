import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import { api, unwrap, type Schemas } from "@/api/client";
import { paths } from "@/config/paths";
import { useMe } from "@/features/auth/session";
import { Awaited, ConfirmButton, Facts, Nothing, PageHead } from "@/features/console/parts";
import { formatTime } from "@/lib/format";
import { judgments } from "@/features/quality/links";
import { useText } from "@/lib/i18n";
import { ActsOf } from "./Acts";
import { setAccess } from "./api";
import { Deletion } from "./Deletion";
import { MemberActs } from "./MemberActs";
import { Standing } from "./PeoplePage";
import { InReport, OnControlItems } from "./Standing";
import { WorkOf } from "./Work";

type Seen = Schemas["PersonFigures"];

/** Whether there is labeling to tell of: a labeler, or somebody who was one. */
function labels({ person, judgments: { counted, surplus, withdrawn } }: Seen): boolean {
  return person.roles.includes("labeler") || counted + surplus + withdrawn > 0;
}

interface Props {
  projectId: string;
  isAdmin: boolean;
}

/** One person of the project: who they are here, and how they work. */
export function PersonPage({ projectId, isAdmin }: Props) {
  const { t, language } = useText();
  const me = useMe();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { userId = "" } = useParams();
  const found = useQuery({
    queryKey: ["person", projectId, userId],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/members/{user_id}/figures", {
          params: { path: { project_id: projectId, user_id: userId } },
        }),
      ),
  });
  const again = () => client.invalidateQueries({ queryKey: ["person"] });
  return (
    <Awaited query={found}>
      {(seen) => {
        const { person } = seen;
        const name = person.display_name || person.username;
        return (
          <>
            <PageHead
              title={name}
              lead={name === person.username ? undefined : person.username}
              actions={
                isAdmin && seen.is_member && <MemberActs member={person} projectId={projectId} />
              }
            />
            <Standing member={person} />
            <Facts
              rows={[
                [t("people.lastSeen"), seen.last_seen_at && formatTime(seen.last_seen_at, language)],
                [t("people.sessions"), seen.sessions.toLocaleString(language)],
                [t("people.address"), person.email],
                [t("projects.groups.title"), seen.groups.join(", ")],
                [t("projects.labelers.languages"), seen.languages.join(", ")],
              ]}
            />
            {labels(seen) ? (
              <>
                <p>
                  <Link to={`${paths.manage(projectId, "items")}?labeler=${person.user_id}`}>
                    {t("people.judgments")}
                  </Link>
                  {" · "}
                  <Link to={judgments(projectId, { labeler: person.user_id })}>{t("explorer.title")}</Link>
                </p>
                <WorkOf work={seen} compared />
                <InReport projectId={projectId} userId={person.user_id} />
                <OnControlItems control={seen.control} />
              </>
            ) : (
              <Nothing>{t("people.acts.noLabeler")}</Nothing>
            )}
            <ActsOf seen={seen} projectId={projectId} isAdmin={isAdmin} />
            {me.is_staff && person.user_id !== me.id && (
              <>
                {!seen.is_imported && (
                  <div>
                    <ConfirmButton
                      danger={person.is_active}
                      label={t(person.is_active ? "people.close" : "people.open")}
                      question={t(person.is_active ? "people.closeAsk" : "people.openAsk", { name })}
                      onConfirm={() => setAccess(person.user_id, !person.is_active).then(again)}
                    />
                  </div>
                )}
                <Deletion
                  userId={person.user_id}
                  onDone={() => void navigate(paths.manage(projectId, "people"))}
                />
              </>
            )}
          </>
        );
      }}
    </Awaited>
  );
}
