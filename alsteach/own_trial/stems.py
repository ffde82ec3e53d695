"""What people call their columns and codes: a table of word stems, English with some German, French, Spanish, Chinese.

A stem that ends in ``$`` must be a whole word of the name; a name is split into words at its separators, its digits and
its capitals (``timeToDeath``).
"""

from __future__ import annotations

import re
import unicodedata

TIME = "time surviv follow futime tte$ os$ lenfol duration durat days day$ weeks week$ months month$ years year$ t$ tdm$ "
TIME += "stop$ rectime survtime zeit dauer uberleb nachbeob temps duree suivi survie tiempo seguimiento 时间 生存 随访 时长"
DEATH = "death dead died die$ dies$ decea mortal mort$ fatal alive surv vital os$ exitus gestorb verstorb tod$ tot$ todes "
DEATH += "deces decede muert fallec obito 死 存活"
EVENT = "event status stat$ fstat fail outcome endpoint censor cens censdead censrec observ delta$ relaps recur progr e$ d$ "
EVENT += "arrest ereignis evenement statut evento estado zensi 事件 结局 状态 删失"
CENSORED = "censored zensiert censure censurado 删失"
TREATMENT = (
    "treatment treated treat trt tx rx arm arms$ random rando$ alloc interven assign drug$ therapy therapie "
)
TREATMENT += "behandl gruppe traitement bras$ groupe tratamiento brazo grupo group grp study.arm horm hor.th$ 治疗 分组 组 用药"
BEFORE = "prior previous past pre$ pretreat history hist$ vorher vorbehand antecedent 既往 strat stage risk blood age ethnic "
BEFORE += "race days$ day$ months duration time code$ type$"
NO_FOLLOW_UP = "stage diag onset delay since prior start entry enter enrol begin birth symptom disease lag age wait baseline los$ "
NO_FOLLOW_UP += "karno tstart time0 sample calendar"
IDENTIFIER = "id$ ids$ pid pidnum patient patientid subject subj pat$ patno no$ nr$ num$ number row record usubjid name "
IDENTIFIER += "initials code$ probandennummer nummer identif numero sujet paciente 编号 病人 患者 姓名 序号"
LATER = "follow last final change delta diff response respond progress recur relaps end$ exit post visit death event cause "
LATER += "transplant censor reason withdraw dropout discont complet 随访"
PLACE = (
    "center centre site inst$ institution hospital clinic country region zentrum klinik pays land$ 中心 医院"
)
NOMINAL = f"{PLACE} race ethnic raceth type cell histolog gene chapter"
START = "start tstart begin entry enter time0 left lower lwr l$ lb$ from"
STOP = "stop tstop end exit time1 right upper upr u$ ub$ to"
INTERVAL = "left lower lwr l$ right upper upr u$"
BIOMARKER = "pnfh nfl$ nfh$ neurofil biomarker marker pg.ml ng.ml crp$ psa$ ldh$ bili cd4 ki67 karno albumin tau$ troponin bnp$ "
BIOMARKER += "estrec creatin hemoglob haemoglob lactat logwbc wbc$ ca125 afp$ expression 标志物"

UNITS = {
    "days": "day days d$ tag tage jour jours dia dias 天 日",
    "weeks": "week weeks wk$ wks$ woche wochen semaine semanas 周",
    "months": "month months mo$ mos$ mth$ mths$ monat monate mois mes$ meses 月",
    "years": "year years yr$ yrs$ y$ jahr jahre an$ ans$ annee ano$ anos 年",
}
DAYS_PER = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}

ACTIVE = "active drug treat test experiment interven verum new novel aldesleukin il2 il$ mg miu dose exposed penicillamine "
ACTIVE += "combination yes y$ true on$ wirkstoff behandelt traite actif si$ oui ja$ tratado 药 治疗 试验"
CONTROL = "placebo plazebo control controle kontroll standard usual untreated sham none no$ n$ observation reference ref$ soc$ "
CONTROL += "comparator vehicle false off$ conventional unbehandelt temoin nein non$ sin 对照 安慰剂 常规"
DIED = "dead death died deceased die$ d$ event failure yes y$ true tot$ gestorben verstorben tod$ ja$ deces decede mort oui "
DIED += "muerto muerte fallecido si$ uncensored observed 死 是"
ALIVE = "alive living lives survived survivor a$ censor no$ n$ false none lebt lebend zensiert nein vivant vivo non$ ltfu lost "
ALIVE += "event-free ongoing 存活 生存 否 删失"
FIRST_LEVELS = "none no$ n$ non$ nein absent never normal negative neg$ low mild placebo control standard false without 0$ i$ 无 否"
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
    """Return the first stem of ``table`` that is in ``name``, or None."""
    text = f" {plain(name)} "
    for stem in table.split():
        words = stem.rstrip("$").replace(".", " ").replace("-", " ")
        glued = re.fullmatch(r"[^\W\d_]+\d+", words)  # such as cd4, which plain() takes apart
        words = plain(words) if glued else words
        chinese = not words.isascii()
        if (
            words in text
            if chinese
            else (f" {words} " in text if stem.endswith("$") else f" {words}" in text)
        ):
            return stem
    return None


def unit_of(name) -> str | None:
    """Return the unit of time in a column's name, or None.

    >>> unit_of("survival_months"), unit_of("time")
    ('months', None)
    """
    text = plain(name).split()
    for unit, table in UNITS.items():
        if any(find(word, table) for word in text):
            return unit
    return None
