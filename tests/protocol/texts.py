"""Prose and code of our own, to count the tokens of."""

ENGLISH = """\
The town had two bridges, and everybody knew which of them to avoid after rain. The old one was \
built of stone, low over the water, with a toll house that nobody had paid in for a century; the \
new one was a long steel arch that carried the road, the trams and, on the first Sunday of every \
month, a market for used books. When the river rose, the stone bridge disappeared for a day or \
two. People shrugged, took the tram and told their children that it had only gone for a swim.

Maria kept the accounts of the market. She wrote down what each stall owed, who had paid, and what \
the weather had been like, because she believed that prices followed the weather and not, as the \
council said, the other way round. After eleven years she had enough figures to prove it. She \
presented them on a Tuesday evening in February; the council thanked her, and raised the fees.
"""

GERMAN = """\
Die Stadt hatte zwei Brücken, und jeder wusste, welche man nach einem Regen besser mied. Die alte \
war aus Stein gebaut, niedrig über dem Wasser, mit einem Zollhaus, in dem seit hundert Jahren \
niemand mehr bezahlt hatte; die neue war ein langer Stahlbogen, der die Straße, die Tram und \
am ersten Sonntag jedes Monats einen Markt für gebrauchte Bücher trug. Wenn der Fluss anstieg, \
verschwand die Steinbrücke für ein oder zwei Tage. Die Leute zuckten mit den Schultern, nahmen die \
Straßenbahn und erzählten ihren Kindern, sie sei nur schwimmen gegangen.

Maria führte die Buchhaltung des Marktes. Sie schrieb auf, was jeder Stand schuldete, wer bezahlt \
hatte und wie das Wetter gewesen war, denn sie glaubte, dass die Preise dem Wetter folgten und \
nicht, wie der Gemeinderat behauptete, umgekehrt. Nach elf Jahren hatte sie genügend Zahlen \
beisammen, um es zu beweisen. An einem Dienstagabend im Februar trug sie die Ergebnisse vor; der \
Gemeinderat bedankte sich und erhöhte die Gebühren.
"""

CHINESE = """\
小镇上有两座桥,大家都知道下雨以后应该避开哪一座。老桥是用石头建的,离水面很低,桥头有一间收费站,\
一百年来没有人在那里付过钱;新桥是一座长长的钢拱桥,上面有公路和电车,每个月的第一个星期日还有一个\
旧书市场。河水上涨的时候,石桥会消失一两天。人们耸耸肩,改坐电车,然后告诉孩子们,它只是去游泳了。

玛丽亚负责市场的账目。她记下每个摊位欠了多少钱,谁已经付了款,以及当天的天气,因为她相信价格跟着\
天气走,而不是像镇议会所说的那样反过来。十一年以后,她有了足够的数字来证明这一点。二月的一个星期二\
晚上,她作了报告;镇议会向她表示感谢,然后提高了摊位费。
"""

CODE = '''\
@dataclass(frozen=True, slots=True)
class Stall:
    """One stall of the market."""

    owner: str
    fee_cents: int
    paid_on: date | None = None

    def owes(self, today: date, *, grace_days: int = 14) -> int:
        if self.paid_on is not None:
            return 0
        months = max(0, (today - self.opened).days - grace_days) // 30
        return self.fee_cents * (1 + months) + self._penalty(months)


def total_debt(stalls: Iterable[Stall], today: date) -> dict[str, int]:
    debts: defaultdict[str, int] = defaultdict(int)
    for stall in sorted(stalls, key=attrgetter("owner")):
        debts[stall.owner] += stall.owes(today)
    return {owner: cents for owner, cents in debts.items() if cents > 0}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        print(json.dumps(total_debt(read_stalls(file), date.today()), indent=2))
'''
