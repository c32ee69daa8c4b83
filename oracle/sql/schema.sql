-- Tables of the legacy settlement system, as the settlement query reads them.
--
-- No schema is named here: the loader sets search_path. Every table is UNLOGGED, because the whole
-- database is loaded, asked and thrown away; a crash loses nothing that cannot be loaded again.
-- Amounts and rates are plain numeric (no precision, no scale): a typmod would round on the way in.
--
-- Codes are text. A period is appl_from .. appl_to, both days inclusive, and the periods of one key
-- never overlap; a reference row that always held runs from 1900-01-01 to 9999-12-31.
-- Key columns are COLLATE "C": they are codes compared byte by byte, whatever the locale of the database, and an index
-- on them neither depends on a locale nor pays for one.

-- ---------------------------------------------------------------------------------------------
-- Loaded by COPY from outside, in exactly this column order
-- ---------------------------------------------------------------------------------------------

-- Transactions: one row per event (payment, cancel, partial cancel). Read once from end to end, never
-- looked up by number; the key is here so that a number loaded twice is refused at the load.
CREATE UNLOGGED TABLE TB_TRX (
    trx_no        text COLLATE "C" NOT NULL,  -- transaction number
    mid           text COLLATE "C" NOT NULL,  -- merchant (contract) id
    evt_cd        text      NOT NULL,  -- PAY | CANCEL | PARTIAL_CANCEL
    phase_cd      text      NOT NULL,  -- '' | BEFORE_CAPTURE | AFTER_CAPTURE | AFTER_PAYOUT
    method_cd     text COLLATE "C" NOT NULL,  -- CREDIT_CARD, CHECK_CARD, EASYPAY_CARD, EASYPAY_MONEY, OVERSEAS_CARD, ...
    curr_cd       text COLLATE "C" NOT NULL,  -- transaction currency
    amt           numeric   NOT NULL,  -- amount, always positive; of a cancel what is cancelled
    org_amt       numeric,             -- what stood before this cancel; NULL on PAY
    tax_cd        text      NOT NULL,  -- TAXABLE | TAX_FREE | MIXED
    tax_free_amt  numeric   NOT NULL,  -- tax-free part of what stood; 0 unless MIXED
    inst_mm       int       NOT NULL,  -- instalment months, 0 without
    int_payer_cd  text      NOT NULL,  -- who bears the instalment interest: '' | BUYER | CARD_COMPANY | MERCHANT
    escrow_yn     text      NOT NULL,  -- Y | N
    appr_at       timestamp NOT NULL,  -- approved at (Asia/Seoul, of the original payment)
    acq_at        timestamp,           -- captured at (of the original payment); NULL where there is no capture
    evt_at        timestamp,           -- the cancel's own moment; NULL on PAY
    PRIMARY KEY (trx_no)
);

-- Contracts: the merchant's terms, several versions per merchant. The version of the approval day is the
-- snapshot that the payment and all its cancels settle by.
CREATE UNLOGGED TABLE TB_CTRT (
    mid         text COLLATE "C" NOT NULL,
    appl_from   date    NOT NULL,
    appl_to     date    NOT NULL,
    grade_cd    text COLLATE "C" NOT NULL,  -- MICRO | SME1 | SME2 | SME3 | GENERAL
    vat_cd      text    NOT NULL,  -- ADDED | INCLUDED
    rnd_cd      text    NOT NULL,  -- rounding of the fee parts: DOWN | HALF_UP | HALF_EVEN | UP
    cycle_cd    text    NOT NULL,  -- Dn (D1, D3, D5 ...) | WEEKLY | TWICE_MONTHLY | MONTHLY
    shift_cd    text    NOT NULL,  -- payout day on a holiday: BEFORE | AFTER
    stl_curr_cd text COLLATE "C" NOT NULL,  -- settlement currency
    fx_dt_cd    text    NOT NULL,  -- APPROVAL | CAPTURE | SETTLEMENT, '' without conversion
    fx_kind_cd  text    NOT NULL,  -- BASE | TTB, '' without conversion
    fx_post_cd  text    NOT NULL,  -- FIRST | LAST, '' without conversion
    fx_ord_cd   text    NOT NULL,  -- CONVERT_THEN_FEE | FEE_THEN_CONVERT, '' without conversion
    rsv_rate    numeric NOT NULL,  -- reserve rate, 0.1 = 10 %
    PRIMARY KEY (mid, appl_from)
);

-- Exchange rates into KRW as the bank posted them, several rounds a day. A day without postings has no row.
CREATE UNLOGGED TABLE TB_FX_RATE (
    post_dt  date    NOT NULL,
    curr_cd  text COLLATE "C" NOT NULL,
    post_seq int     NOT NULL,  -- round of the day, 1..n: FIRST is the lowest, LAST the highest
    unit     numeric NOT NULL,  -- quoting unit (JPY and VND are quoted per 100)
    base_rt  numeric NOT NULL,  -- base rate per quoting unit
    ttb_rt   numeric NOT NULL,  -- telegraphic-transfer buying rate per quoting unit
    PRIMARY KEY (curr_cd, post_dt, post_seq)  -- in this order: the query walks back to the last posted day of a currency
);

-- ---------------------------------------------------------------------------------------------
-- The legacy system's own reference data, filled by reference.sql
-- ---------------------------------------------------------------------------------------------

-- Currencies: decimals kept, and the smallest unit that follows from them.
CREATE UNLOGGED TABLE TB_CURR (
    curr_cd   text COLLATE "C" NOT NULL PRIMARY KEY,
    expo      int     NOT NULL,
    min_unit  numeric NOT NULL   -- 10 ^ -expo, stored so that no power is computed per row
);

-- Fee master: the proportional fee per method and merchant grade. Grade '*' is a method whose fee does not
-- depend on the grade. min_amt is the minimum fee in KRW, 0 where there is none.
CREATE UNLOGGED TABLE TB_FEE_MST (
    method_cd text COLLATE "C" NOT NULL,
    grade_cd  text COLLATE "C" NOT NULL,
    appl_from date    NOT NULL,
    appl_to   date    NOT NULL,
    fee_rt    numeric NOT NULL,
    min_amt   numeric NOT NULL,
    PRIMARY KEY (method_cd, grade_cd, appl_from)
);

-- Fixed fee per transaction, in the transaction currency.
CREATE UNLOGGED TABLE TB_FIX_FEE (
    method_cd text COLLATE "C" NOT NULL,
    curr_cd   text COLLATE "C" NOT NULL,
    appl_from date    NOT NULL,
    appl_to   date    NOT NULL,
    fix_amt   numeric NOT NULL,
    PRIMARY KEY (method_cd, curr_cd, appl_from)
);

-- Instalment fee: the rate the merchant adds when it bears the interest of so many months.
CREATE UNLOGGED TABLE TB_INST_FEE (
    inst_mm   int     NOT NULL,
    appl_from date    NOT NULL,
    appl_to   date    NOT NULL,
    inst_rt   numeric NOT NULL,
    PRIMARY KEY (inst_mm, appl_from)
);

-- Escrow fee: a rate (cards, transfer) or an amount in KRW (virtual account).
CREATE UNLOGGED TABLE TB_ESCROW_FEE (
    method_cd text COLLATE "C" NOT NULL,
    appl_from date    NOT NULL,
    appl_to   date    NOT NULL,
    esc_rt    numeric NOT NULL,
    esc_amt   numeric NOT NULL,
    PRIMARY KEY (method_cd, appl_from)
);

-- Refund fee charged on a cancel, in KRW.
CREATE UNLOGGED TABLE TB_RFND_FEE (
    method_cd text COLLATE "C" NOT NULL,
    appl_from date    NOT NULL,
    appl_to   date    NOT NULL,
    rfnd_amt  numeric NOT NULL,
    PRIMARY KEY (method_cd, appl_from)
);

-- Public holidays, substitute, temporary and election days included.
CREATE UNLOGGED TABLE TB_HOLIDAY (
    hol_dt date NOT NULL PRIMARY KEY,
    hol_nm text NOT NULL
);

-- Calendar: every day of the holiday table's years, worked out from TB_HOLIDAY once so that the query only
-- looks up. A day outside these years has no row and the query gives no date for it.
CREATE UNLOGGED TABLE TB_CALENDAR (
    cal_dt      date NOT NULL PRIMARY KEY,
    biz_yn      text NOT NULL,  -- Y: Monday to Friday and no holiday
    biz_seq     int  NOT NULL,  -- running number of the first business day on or after this day
    next_biz_dt date,           -- first business day on or after this day
    prev_biz_dt date,           -- last business day on or before this day
    wk_end_dt   date NOT NULL,  -- the Sunday that closes its week
    half_end_dt date NOT NULL,  -- the 15th or the last day of the month, whichever closes its half
    mon_end_dt  date NOT NULL   -- the last day of its month
);
-- The way back: which day is business day number n.
CREATE UNIQUE INDEX IX_CALENDAR_BIZ ON TB_CALENDAR (biz_seq) WHERE biz_yn = 'Y';
