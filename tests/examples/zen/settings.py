"""The variables of the helpdesk `zen`: BATON_ZEN_URL."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class ZenSettings(BaseSettings):
    """The address of the helpdesk."""

    model_config = SettingsConfigDict(env_prefix="BATON_ZEN_", frozen=True)

    url: str
