"""The variables of the channel `teams:`, BATON_TEAMS_URL and so on."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class TeamsSettings(BaseSettings):
    """The address of Teams, the secret that its calls carry, and the key under `people` of each of its users."""

    model_config = SettingsConfigDict(env_prefix="BATON_TEAMS_", frozen=True)

    url: str = ""
    secret: str = ""
    people: dict[str, str] = {}
