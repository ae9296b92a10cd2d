"""Where each special function is tried: columns of arguments, smooth around each point."""

import numpy as np

REAL = (-2.3, -0.4, 0.3, 1.7, 5.1)
POSITIVE = (0.2, 0.9, 1.3, 3.1, 12.0)
UNIT = (0.02, 0.3, 0.55, 0.81, 0.97)
SHAPE = (0.4, 1.0, 2.5, 7.0, 31.0)
OTHER_SHAPE = (1.5, 0.7, 4.0, 2.2, 12.0)
MODULUS = (-0.9, -0.3, 0.1, 0.6, 0.9)
DEGREE = (0, 1, 2, 3, 5)
COUNT = (0, 1, 2, 4, 6)
TOTAL = (3, 4, 5, 9, 12)
INSIDE = (-0.9, -0.4, 0.1, 0.5, 0.8)

POINTS = {
    **dict.fromkeys(
        "exprel exp10 cosm1 sindg cosdg tandg expit log_expit erf erfc erfcx erfi dawsn ndtr "
        "log_ndtr j0 j1 i0 i0e i1 i1e ber bei berp beip wrightomega gammaln gamma rgamma psi "
        "itstruve0 itmodstruve0 expi gammasgn round".split(), (REAL,)),
    **dict.fromkeys(
        "entr y0 y1 k0 k0e k1 k1e ker kei kerp keip exp1 spence loggamma it2struve0 cotdg"
        .split(), (POSITIVE,)),
    **dict.fromkeys("logit ndtri ellipkm1".split(), (UNIT,)),
    "erfinv": (INSIDE,), "erfcinv": ((0.1, 0.3, 0.6, 0.7, 0.9),),
    "ndtri_exp": ((-300.0, -9.0, -2.0, -0.5, -0.01),),
    "kolmogorov": ((0.3, 0.6, 0.9, 1.1, 2.0),), "kolmogi": (UNIT,), "zetac": (OTHER_SHAPE,),
    **dict.fromkeys(("ellipk", "ellipe"), (MODULUS,)),
    # --- two arguments
    **dict.fromkeys(
        "xlogy rel_entr kl_div beta betaln poch powm1 agm elliprc gammainc gammaincc "
        "chdtr chdtrc inv_boxcox inv_boxcox1p".split(), (SHAPE, POSITIVE)),
    "xlog1py": (REAL, POSITIVE), "owens_t": (REAL, POSITIVE), "binom": (TOTAL, POSITIVE),
    "boxcox": (POSITIVE, REAL), "boxcox1p": (POSITIVE, REAL),
    "huber": (POSITIVE, REAL), "pseudo_huber": (POSITIVE, REAL),
    "stdtr": (SHAPE, REAL), "stdtrit": (SHAPE, UNIT),
    "stdtridf": ((0.667, 0.789, 0.885, 0.942, 0.818), (0.5, 1.0, 1.5, 2.0, 1.0)),
    **dict.fromkeys("gammaincinv gammainccinv chdtri".split(), (SHAPE, UNIT)),
    "chdtriv": (UNIT, POSITIVE), "pdtri": (COUNT, UNIT),
    "pdtrik": ((0.6, 0.5, 0.6, 0.9, 0.95), (1.0, 3.0, 4.0, 6.0, 9.0)),
    **dict.fromkeys("pdtr pdtrc".split(), (COUNT, POSITIVE)),
    "zeta": ((1.3, 2.0, 3.5, 6.0, 9.0), POSITIVE), "expn": (COUNT, POSITIVE),
    **dict.fromkeys("jv jve yv yve yn kn kv kve iv ive struve modstruve".split(),
                    (DEGREE, POSITIVE)),
    **dict.fromkeys(("ellipkinc", "ellipeinc"), ((-2.3, -0.4, 0.3, 1.7, 3.9), MODULUS)),
    "hyp0f1": (SHAPE, REAL), "tklmbda": (INSIDE, (0.1, 0.5, 0.7, 0.3, 0.2)),
    "smirnov": (TOTAL, (0.1, 0.2, 0.3, 0.15, 0.25)), "smirnovi": (TOTAL, UNIT),
    **dict.fromkeys(
        "eval_legendre eval_chebyt eval_chebyu eval_chebyc eval_chebys eval_laguerre".split(),
        (DEGREE, INSIDE)),
    **dict.fromkeys(("eval_hermite", "eval_hermitenorm"), (DEGREE, INSIDE)),
    **dict.fromkeys("eval_sh_legendre eval_sh_chebyt eval_sh_chebyu".split(), (DEGREE, UNIT)),
    **dict.fromkeys(("mathieu_a", "mathieu_b"), (TOTAL, POSITIVE)),
    # --- three arguments
    **dict.fromkeys("betainc betaincc betaincinv betainccinv".split(), (SHAPE, OTHER_SHAPE, UNIT)),
    "btdtria": (UNIT, OTHER_SHAPE, UNIT), "btdtrib": (OTHER_SHAPE, UNIT, UNIT),
    **dict.fromkeys("gdtr gdtrc".split(), (POSITIVE, OTHER_SHAPE, POSITIVE)),
    "gdtria": (UNIT, OTHER_SHAPE, POSITIVE), "gdtrib": (POSITIVE, UNIT, OTHER_SHAPE),
    "gdtrix": (POSITIVE, OTHER_SHAPE, UNIT),
    **dict.fromkeys("bdtr bdtrc".split(), (COUNT, TOTAL, UNIT)), "bdtri": (COUNT, TOTAL, UNIT),
    "bdtrik": ((0.6, 0.7, 0.8, 0.9, 0.95), TOTAL, (0.3, 0.4, 0.5, 0.6, 0.7)),
    "bdtrin": ((1.0, 2.0, 3.0, 4.0, 6.0), (0.2, 0.3, 0.4, 0.3, 0.2), (0.3, 0.4, 0.5, 0.6, 0.7)),
    **dict.fromkeys("nbdtr nbdtrc nbdtri".split(), (COUNT, TOTAL, UNIT)),
    "nbdtrik": ((0.6, 0.7, 0.8, 0.9, 0.95), TOTAL, (0.3, 0.4, 0.5, 0.6, 0.7)),
    "nbdtrin": ((1.0, 2.0, 3.0, 4.0, 6.0), (0.2, 0.3, 0.4, 0.3, 0.2), (0.3, 0.4, 0.5, 0.6, 0.7)),
    **dict.fromkeys("fdtr fdtrc".split(), (SHAPE, OTHER_SHAPE, POSITIVE)),
    "fdtri": ((1.0, 2.0, 3.0, 5.0, 9.0), TOTAL, UNIT),
    "fdtridfd": ((1.0, 2.0, 3.0, 5.0, 9.0), (0.6, 0.7, 0.8, 0.7, 0.6),
                 (1.0, 1.6, 2.4, 1.8, 1.4)),
    "chndtr": (POSITIVE, TOTAL, SHAPE), "chndtrix": (UNIT, TOTAL, SHAPE),
    "chndtridf": ((5.0, 6.0, 9.0, 12.0, 40.0), (0.3, 0.4, 0.5, 0.6, 0.4), SHAPE),
    "chndtrinc": ((5.0, 6.0, 9.0, 14.0, 20.0), TOTAL, (0.3, 0.4, 0.5, 0.4, 0.3)),
    "nctdtr": (TOTAL, POSITIVE, REAL), "nctdtridf": (UNIT, POSITIVE, REAL),
    "nctdtrinc": (TOTAL, UNIT, REAL), "nctdtrit": (TOTAL, POSITIVE, UNIT),
    "nrdtrimn": (UNIT, POSITIVE, REAL),
    "nrdtrisd": (REAL, (0.7, 0.8, 0.9, 0.95, 0.6), (-1.0, 0.5, 1.0, 3.0, 7.0)),
    "radian": (TOTAL, POSITIVE, POSITIVE), "hyp1f1": (SHAPE, OTHER_SHAPE, REAL),
    "hyperu": (SHAPE, OTHER_SHAPE, POSITIVE), "lpmv": (COUNT, TOTAL, INSIDE),
    **dict.fromkeys("elliprf elliprd elliprg".split(), (POSITIVE, SHAPE, OTHER_SHAPE)),
    "voigt_profile": (REAL, POSITIVE, SHAPE), "besselpoly": (POSITIVE, POSITIVE, COUNT),
    **dict.fromkeys(("wright_bessel", "log_wright_bessel"),
                    (SHAPE[:4] + (2.0,), OTHER_SHAPE, POSITIVE)),
    **dict.fromkeys("eval_gegenbauer eval_genlaguerre".split(), (DEGREE, OTHER_SHAPE, INSIDE)),
    **dict.fromkeys(("obl_cv", "pro_cv"), (COUNT, TOTAL, POSITIVE)),
    # --- four arguments
    "hyp2f1": (SHAPE[:4] + (2.0,), OTHER_SHAPE, (2.0, 3.0, 1.5, 4.0, 2.5), INSIDE),
    "elliprj": (POSITIVE, SHAPE, OTHER_SHAPE, TOTAL),
    "eval_jacobi": (DEGREE, OTHER_SHAPE, SHAPE, INSIDE),
    "eval_sh_jacobi": (DEGREE, (3.0, 2.5, 4.0, 6.0, 9.0), (1.0, 2.0, 2.5, 3.0, 4.0), UNIT),
    "ncfdtr": (TOTAL, OTHER_SHAPE, SHAPE, POSITIVE), "ncfdtri": (TOTAL, OTHER_SHAPE, SHAPE, UNIT),
    "ncfdtridfd": (TOTAL, UNIT, SHAPE, POSITIVE), "ncfdtridfn": (UNIT, TOTAL, SHAPE, POSITIVE),
    "ncfdtrinc": (TOTAL, TOTAL, UNIT, POSITIVE),
    # --- several results
    **dict.fromkeys("fresnel shichi airy itairy".split(), (REAL,)),
    **dict.fromkeys("sici airye itj0y0 it2j0y0".split(), (POSITIVE,)),
    **dict.fromkeys(("iti0k0", "it2i0k0"), ((0.2, 0.9, 1.3, 2.1, 3.0),)),
    **dict.fromkeys("pbdv pbvv pbwa".split(), (INSIDE, (-1.5, -0.4, 0.3, 1.7, 3.0))),
    "ellipj": (REAL, (0.01, 0.2, 0.5, 0.7, 0.9)),
}


def arguments_of(name):
    """Return the arguments of a function, as arrays of the same length."""
    return tuple(np.array(column) for column in POINTS[name])
