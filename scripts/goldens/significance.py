"""Truth for src/metrics/significance: intervals, tests, agreement and power; see golden/significance/README.md.

Run from the repository root:  python scripts/goldens/significance.py [seed [output folder]]
"""
import json, os, random, sys
import numpy as np
import statsmodels.api as sm
from scipy import stats
from scipy.optimize import brentq
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower, normal_power_het, normal_sample_size_one_tail
from statsmodels.stats.proportion import proportion_confint

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 1
FOLDER = sys.argv[2] if len(sys.argv) > 2 else "golden/significance"
rng = random.Random(SEED)


def wilson():
    cases = [(0, 1), (1, 1), (0, 300), (300, 300), (1, 5000), (250, 500), (4999, 5000)]
    cases += [(lambda n: (rng.randint(0, n), n))(rng.choice([2, 7, 40, 200, 5000, 50000])) for _ in range(60)]
    rows = []
    for passed, of in cases:
        level = rng.choice([0.8, 0.9, 0.95, 0.99])
        low, high = proportion_confint(passed, of, alpha=1 - level, method="wilson")
        rows.append([passed, of, level, float(low), float(high)])
    return rows


def mcnemars():
    cases = [(0, 0), (10, 2), (15, 5), (23, 8), (0, 1), (1, 0), (5, 5), (0, 40), (2500, 2400), (600, 400), (1200, 1000)]
    cases += [(rng.randint(0, n), rng.randint(0, n)) for n in [3, 10, 30, 100, 400, 3000] for _ in range(8)]
    return [[b, c, float(mcnemar([[0, b], [c, 0]], exact=True).pvalue) if b + c else 1.0] for b, c in cases]


def holms():
    lists = [[0.01], [0.04, 0.03], [0.2, 0.2, 0.2], [0.001, 0.9, 0.02, 0.02, 0.5], [0.0, 1.0]]
    lists += [[round(rng.random() ** 3, rng.choice([2, 6])) for _ in range(rng.randint(2, 12))] for _ in range(30)]
    return [[values, multipletests(values, method="holm")[1].tolist()] for values in lists]


def kappas():
    tables = [[[45, 5], [10, 40]], [[20, 0], [0, 20]], [[0, 20], [20, 0]], [[90, 1], [1, 0]], [[5, 1, 0], [2, 9, 3], [0, 0, 7]]]
    tables += [[[rng.choice([0, 1, 3, 10, 40]) + (i == j) * rng.randint(1, 60) for j in range(k)] for i in range(k)] for k in [2, 2, 2, 2, 3, 3, 3, 4, 5] for _ in range(5)]  # fmt: skip
    rows = []
    for table in tables:
        result = cohens_kappa(np.array(table))
        labels = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
        other = cohen_kappa_score(*zip(*labels))
        assert abs(other - result.kappa) < 1e-12, (table, other, result.kappa)
        rows.append([table, float(result.kappa), float(result.kappa_low), float(result.kappa_upp)])
    return rows


def bootstraps():
    rows = []
    for clusters, largest, seed in [(1, 4, 1), (2, 1, 7), (5, 3, 12345), (30, 1, 42), (40, 6, 12345), (200, 4, 3)]:
        names, values = [], []
        for c in range(clusters):
            for _ in range(rng.randint(1, largest)):
                names.append(f"t{c}")
                values.append(rng.choice([0.0, 1.0, 1.0, rng.random(), -1.0]))
        order = list(range(len(values)))
        if largest > 1 and clusters > 1:
            rng.shuffle(order)
        names, values = [names[i] for i in order], [values[i] for i in order]
        firsts = list(dict.fromkeys(names))
        sums = np.array([sum(v for n, v in zip(names, values) if n == f) for f in firsts])
        counts = np.array([names.count(f) for f in firsts])
        for resamples, level in [(1000, 0.95), (37, 0.9)]:
            drawn = np.random.default_rng(seed).integers(0, clusters, (resamples, clusters))
            means = sums[drawn].sum(1) / counts[drawn].sum(1)
            tail = (1 - level) / 2
            low, high = np.percentile(means, [100 * tail, 100 * (1 - tail)])
            scipy_interval = None
            if largest == 1 and clusters > 2:  # no clusters: SciPy's own bootstrap draws the same
                found = stats.bootstrap((np.array(values),), np.mean, n_resamples=resamples, confidence_level=level, method="percentile", rng=np.random.default_rng(seed)).confidence_interval  # fmt: skip
                scipy_interval = [float(found.low), float(found.high)]
            rows.append([values, names, dict(seed=seed, resamples=resamples, level=level), float(low), float(high), scipy_interval])
    return rows


def effects():
    means = []
    for n in [5, 30, 200, 500, 5000]:
        for sd, alpha, power in [(1, 0.05, 0.8), (0.35, 0.05, 0.9), (2, 0.01, 0.5)]:
            test = NormalIndPower(ddof=0)  # ratio 0: one sample, here of differences; its own solve_power stops at 1e-7
            effect = brentq(lambda size: test.power(size, n, alpha, ratio=0) - power, 1e-9, 20, xtol=1e-15, rtol=1e-14)
            assert abs(effect - test.solve_power(effect_size=None, nobs1=n, alpha=alpha, power=power, ratio=0)) < 1e-5
            means.append([n, sd, dict(alpha=alpha, power=power), float(effect) * sd])
    pairs = []
    for difference, discordant in [(0.04, 1), (0.06, 1), (0.1, 1), (0.2, 1), (0.02, 0.1), (0.05, 0.3), (0.15, 0.2), (0.3, 0.3)]:
        for alpha, power in [(0.05, 0.8), (0.01, 0.9)]:
            null, alternative = discordant**0.5, (discordant - difference**2) ** 0.5
            n = normal_sample_size_one_tail(difference, power, alpha / 2, std_null=null, std_alternative=alternative)
            check = normal_power_het(difference, n, alpha, std_null=null, std_alternative=alternative)
            assert abs(check - power) < 1e-3, (check, power)
            pairs.append([difference, discordant, dict(alpha=alpha, power=power), float(n)])
    return dict(means=means, pairs=pairs)


def length_controls():
    rows = []
    for n, clusters, pull in [(12, 12, 0), (60, 20, 1), (200, 200, -0.7), (400, 80, 2), (50, 50, None)]:
        pairs = []
        for i in range(n):
            difference = rng.randint(-300, 300) if pull is not None else 0
            p = 1 / (1 + np.exp(-(0.4 + (pull or 0) * np.tanh(difference / 150))))
            score = rng.choice([0.5, 1.0 * (rng.random() < p), 1.0 * (rng.random() < p)])
            pairs.append([score, difference, f"t{i % clusters}"])
        scores, differences, names = (np.array(column) for column in zip(*pairs))
        scores, differences = scores.astype(float), differences.astype(float)
        design = np.ones((n, 1))
        if pull is not None:
            design = np.column_stack([design, np.tanh(differences / differences.std(ddof=1))])
        groups = np.unique(names, return_inverse=True)[1]
        model = sm.GLM(scores, design, family=sm.families.Binomial())
        fit = model.fit(tol=1e-14, maxiter=200, cov_type="cluster", cov_kwds=dict(groups=groups))
        low, high = (1 / (1 + np.exp(-v)) for v in fit.conf_int()[0])
        phi = float(fit.params[1]) if pull is not None else 0
        rows.append([pairs, float(fit.params[0]), phi, float(fit.bse[0]), float(low), float(high)])
    return rows


def distributions():
    z = [-38, -20, -8, -5, -3.5, -3, -2.9999, -1.959963984540054, -1, -0.1, 0, 0.3, 1, 2.5, 3, 4, 7, 9]
    p = [1e-300, 1e-20, 1e-9, 0.001, 0.025, 0.1, 0.4999, 0.5, 0.6, 0.8, 0.975, 0.999, 1 - 1e-12]
    coins = [(0, 1), (0, 0), (3, 10), (5, 10), (200, 1000), (499, 1000), (24000, 50000), (24900, 50000), (26000, 50000)]
    return dict(
        cdf=[[v, float(stats.norm.cdf(v))] for v in z],
        quantile=[[v, float(stats.norm.ppf(v))] for v in p],
        coins=[[k, n, float(stats.binom.cdf(k, n, 0.5))] for k, n in coins],
    )


os.makedirs(FOLDER, exist_ok=True)
truth = dict(
    wilson=wilson(), mcnemar=mcnemars(), holm=holms(), kappa=kappas(), bootstrap=bootstraps(),
    effect=effects(), lengthControl=length_controls(), distributions=distributions(),
)  # fmt: skip
with open(os.path.join(FOLDER, "significance.json"), "w") as file:
    json.dump(truth, file, separators=(",", ":"))
    file.write("\n")
