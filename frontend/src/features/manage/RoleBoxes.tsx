import { Checkbox, Stack } from "@mantine/core";
import { useText } from "@/lib/i18n";
import { ROLES, type Role } from "./api";

interface Props {
  value: Role[];
  onChange: (roles: Role[]) => void;
  error?: string | undefined;
}

/** The roles that a person holds in the project. */
export function RoleBoxes({ value, onChange, error }: Props) {
  const { t } = useText();
  return (
    <Checkbox.Group
      label={t("manage.people.roles")}
      value={value}
      onChange={(roles) => onChange(ROLES.filter((role) => roles.includes(role)))}
      error={error}
    >
      <Stack gap="xs" mt="xs">
        {ROLES.map((role) => (
          <Checkbox key={role} value={role} label={t(`manage.role.${role}`)} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
