"""What people call their columns and codes: tables of word stems, English with some German, French, Spanish, Chinese.

A stem that ends in ``$`` must be a whole word of the name, any other begins a word; Chinese may stand anywhere. A dot
joins two words. A name is split into words at its separators, digits and capitals (``timeToDeath``).
"""

from __future__ import annotations

import re
import unicodedata

# Columns
TIME = """
    time surviv survtime follow futime ftime rectime tte$ os$ lenfol durat stop$ t$ zeit dauer uberleb nachbeob
    temps duree suivi survie tiempo seguimiento 时间 生存 随访 时长
"""
DEATH = """
    death dead censdead died die$ dies$ decea mortal mort$ fatal alive surv vital os$ exitus gestorb verstorb tod$ tot$
    todes deces decede muert fallec obito 死 存活
"""
EVENT = """
    event status stat$ fstat fustat fail outcome endpoint cens observ delta$ relaps recur progr e$ d$ c$ arrest
    ereignis evenement statut evento estado zensi 事件 结局 状态 删失
"""
NOT_EVENT = (
    "performance smok menopaus ecog who marital employ recept her mutat nodal node insur educ blood vaccin"
)
CENSORED = "censored zensiert censure censurado 删失"  # 1 means censored
AMBIGUOUS = "cens zensi c$"  # 1 may mean either
TREATMENT = """
    treatment treated treat trt tx rx arm arms$ random rando$ alloc interven assign drug$ therapy therapie study.arm
    group grp horm hor.th$ behandl gruppe traitement bras$ groupe tratamiento brazo grupo 治疗 分组 组 用药
"""
WEAK_TREATMENT = "group grp therapy therapie horm hor.th$ gruppe groupe grupo 组"  # may be many other things
BEFORE = """
    prior previous past pre$ pretreat history hist$ strat stage risk blood age$ ethnic race$ day days$ month duration
    time code$ type$ vorher vorbehand antecedent 既往
"""
NO_FOLLOW_UP = """
    stage diag onset delay since prior start entry enter enrol begin birth symptom disease lag age$ wait baseline los$
    karno tstart time.0 sample calendar
"""
UNTIL = "last death follow end$ until censor news"  # …but a name with one of these is follow-up all the same
RATE = "per slope rate$ dose mg$ kg$"
IDENTIFIER = """
    unnamed id$ ids$ pid pidnum patient patientid subject subj pat$ patno no$ nr$ num$ number row record usubjid name
    initials code$ nummer probandennummer identif numero sujet paciente 编号 病人 患者 姓名 序号
"""
PATIENT = "id$ ids$ pid pidnum patientid patient subject subj usubjid patno no$ nr$ 编号"
LATER = """
    follow last final change delta diff response respond progress recur relaps end$ exit post visit death event cause
    transplant censor reason withdraw dropout discont complet 随访
"""
KNOWN_BEFORE = "prior previous history baseline onset diag"  # …but these were known at the start
PLACE = "center centre site$ siteid inst$ institution hospital clinic country region zentrum klinik pays 中心 医院"
NOMINAL = f"{PLACE} race ethnic raceth type cell histolog gene chapter"
START = "start tstart begin entry enter time.0"
STOP = "stop tstop end exit time.1"
LOWER = "left lower lwr l$ lb$"
UPPER = "right upper upr u$ ub$"
START_DATE = f"{START} random inclu enrol diag date.on"
BIOMARKER = """
    pnfh nfl$ nfh$ neurofil biomarker marker pg.ml ng.ml crp$ psa$ ldh$ bili cd.4 ki.67 karno albumin tau$ troponin bnp$
    estrec creatin hemoglob haemoglob lactat wbc$ ca.125 afp$ expression 标志物
"""

UNITS = {
    "days": "day days tag tage jour jours dia dias 天 日",
    "weeks": "week weeks wk wks woche wochen semaine semanas 周",
    "months": "month months mo mos mth mths monat monate mois mes meses 月",
    "years": "year years yr yrs y jahr jahre an ans annee ano anos 年",
}
DAYS_PER = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}

# Values
ACTIVE = """
    active drug treat test experiment interven verum new novel aldesleukin il.2 mg miu dose exposed penicillamine
    combination yes y$ true on$ wirkstoff behandelt traite actif si$ oui ja$ tratado 药 治疗 试验
"""
CONTROL = """
    placebo plazebo control controle kontroll standard usual untreated sham none no$ n$ observation reference ref$ soc$
    comparator vehicle false off$ conventional unbehandelt temoin nein non$ sin 对照 安慰剂 常规
"""
SURELY_CONTROL = "placebo plazebo control kontroll temoin 安慰剂 对照"
DIED = """
    dead death died deceased die$ d$ event failure yes y$ true tot$ uncensored observed gestorben verstorben tod$ ja$
    deces decede mort oui muerto muerte fallecido si$ 死 是
"""
ALIVE = """
    alive living lives survived survivor a$ censor no$ n$ false none event.free ongoing ltfu lost lebt lebend zensiert
    nein vivant vivo non$ 存活 生存 否 删失
"""
FIRST_LEVELS = """
    none no$ n$ non$ nein absent never normal negative neg$ low mild placebo control standard false without 0$ i$ 无 否
"""
ORDERS = (
    ("low", "moderate", "high"),
    ("low", "medium", "high"),
    ("low", "intermediate", "high"),
    ("mild", "moderate", "severe"),
    ("none", "mild", "moderate", "severe"),
    ("never", "former", "current"),
    ("i", "ii", "iii", "iv"),
    ("pre", "post"),
)


def plain(name) -> str:
    """Return a name in lower case, without accents, its words separated by single spaces.

    >>> plain("timeToDéces_(jours)")
    'time to deces jours'
    """
    text = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", str(name))
    text = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\d+|[^\W\d_]+|[<>%]", text))


def find(name, table: str) -> str | None:
    """Return the first stem of ``table`` that is in ``name``, or None.

    >>> find("OS_months", "surviv os$"), find("position", "surviv os$")
    ('os$', None)
    """
    text = f" {plain(name)} "
    for stem in table.split():
        words = stem.rstrip("$").replace(".", " ")
        if not words.isascii():
            found = words in text
        else:
            found = f" {words} " in text if stem.endswith("$") else f" {words}" in text
        if found:
            return stem
    return None


def unit_of(name) -> str | None:
    """Return the unit of time in a column's name, or None.

    >>> unit_of("survival_months"), unit_of("time")
    ('months', None)
    """
    text = plain(name)
    for unit, table in UNITS.items():
        if any(word in text.split() if word.isascii() else word in text for word in table.split()):
            return unit
    return None
