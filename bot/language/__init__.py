"""Words to TaskQuery, and TaskQuery to words. Pure: no network, no store, no Slack; handed the verbs and the time."""

from bot.language.acts import ActWords, act_verb, before_end, parse_act, spoken
from bot.language.audit import audit_words, packed, parse_audit, typed_people
from bot.language.bounds import beginning
from bot.language.grammar import look_up, parse
from bot.language.guessing import nearest
from bot.language.known import NOBODY, KnownName, KnownNames
from bot.language.matching import parse_match, parse_role_match, parse_target, parse_zone_match
from bot.language.question import last_day, renewed
from bot.language.retiring import Retirement, parse_retirement
from bot.language.snooze_ends import ending
from bot.language.table import TERMS
from bot.language.terms import Group, Term
from bot.language.wording import KEPT, describe, describe_names, describe_shift, understood
from bot.model import DEFAULT_KINDS
